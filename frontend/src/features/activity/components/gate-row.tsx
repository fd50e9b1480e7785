import { CircleCheck, CircleX } from "lucide-react";
import { PlainText } from "@/components/plain-text";
import type { GateState } from "@/api/generated/types";
import type { Row } from "../model";
import { Line, LogRow, RowIcon } from "./log-row";

const words: Record<GateState, string> = {
  not_run: "did not run",
  queued: "waits",
  running: "runs",
  passed: "passed",
  failed: "failed",
  timed_out: "ran out of time",
  cancelled: "was stopped",
  lost: "was lost",
};

/** How a gate, the setup command or a gate before a merge ended. */
export function GateRow({ row }: { row: Extract<Row, { type: "gate" }> }) {
  const facts = [
    row.exit_code === null || row.state === "passed" ? undefined : `exit code ${row.exit_code}`,
    row.duration_ms === null ? undefined : `${(row.duration_ms / 1000).toFixed(1)} s`,
    row.message ?? undefined,
  ].filter((fact) => fact !== undefined);
  return (
    <LogRow icon={<RowIcon as={row.state === "passed" ? CircleCheck : CircleX} />} row={row}>
      <Line>
        <span className="shrink-0 font-[550]">
          <PlainText text={row.gate} /> {words[row.state]}
        </span>
        <span className="truncate text-muted-foreground">
          <PlainText text={facts.join(" · ")} />
        </span>
      </Line>
    </LogRow>
  );
}
