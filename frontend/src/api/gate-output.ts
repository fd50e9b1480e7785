import { type AnswerPart, requestPart } from "./client";
import type { GateRunId } from "./generated/types";

/** What a run of a gate printed, or a part of it: `range` as in the HTTP header. None where there is no such part. */
export function readGateOutput(
  id: GateRunId,
  range: string | undefined,
  signal: AbortSignal,
): Promise<AnswerPart | undefined> {
  return requestPart(`/api/gate-runs/${id}/output`, range, signal);
}
