/** What is said of the runs of a project's commands. */
import type { GateKind, GateRun } from "@/api/generated/types";
import { gateLook, gateWords } from "@/lib/gates";

export type GateGroup = { kind: GateKind; title: string; runs: readonly GateRun[] };

const groupTitles: Record<GateKind, string> = {
  gate: "Gates",
  setup: "Before the agent started",
  merge: "On the merged tree",
};
const order: readonly GateKind[] = ["gate", "merge", "setup"];

/** The runs in groups; a group without a run is left out. */
export function groupRuns(runs: readonly GateRun[]): readonly GateGroup[] {
  return order
    .map((kind) => ({ kind, title: groupTitles[kind], runs: runs.filter((run) => run.kind === kind) }))
    .filter((group) => group.runs.length > 0);
}

/** `failed · exit 1`, `timed out · after 5m`: how a run ended, as far as it is known. */
export function outcomeOf(run: GateRun): string {
  const word = gateWords[run.state];
  if (run.state === "failed" && run.exit_code !== null) return `${word} · exit ${run.exit_code}`;
  if (run.message && run.state !== "passed") return `${word} · ${run.message}`;
  return word;
}

/** Milliseconds that a run took; none while that is not known. */
export function tookMs(run: GateRun): number | undefined {
  if (run.started_at === null || run.ended_at === null) return undefined;
  return Math.max(0, Date.parse(run.ended_at) - Date.parse(run.started_at));
}

/** `4.1 s` for what is short, `3:20` for what is not. */
export function formatTook(durationMs: number): string {
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** The gates whose failures an agent could mend. */
export function failures(runs: readonly GateRun[]): readonly GateRun[] {
  return runs.filter((run) => run.kind === "gate" && gateLook(run.state) === "failed");
}

/** Whether any of them is still to end. */
export function isAnyLive(runs: readonly GateRun[]): boolean {
  return runs.some(isLive);
}

/** Whether a run is still to end. */
export function isLive(run: GateRun): boolean {
  return run.state === "running" || run.state === "queued";
}
