/** How gates look and what is said of them, wherever they stand: card, header, list. */
import type { GateMark, GateState } from "@/api/generated/types";

/** Disc, diamond, blue ring, ring. */
export type GateLook = "passed" | "failed" | "running" | "open";

/** The look of a state. What nobody knows the end of did not pass. */
export function gateLook(state: GateState): GateLook {
  switch (state) {
    case "passed":
      return "passed";
    case "failed":
    case "timed_out":
    case "lost":
      return "failed";
    case "running":
      return "running";
    case "not_run":
    case "queued":
    case "cancelled":
      return "open";
  }
}

export const gateWords: Record<GateState, string> = {
  not_run: "not run",
  queued: "queued",
  running: "running",
  passed: "passed",
  failed: "failed",
  timed_out: "timed out",
  cancelled: "stopped",
  lost: "lost",
};

/** Each gate with its state, for a title: `lint passed, test failed`. */
export function describeGates(gates: readonly GateMark[]): string {
  return gates.map(({ name, state, is_stale }) => `${name} ${gateWords[state]}${stale(is_stale)}`).join(", ");
}

function stale(isStale: boolean): string {
  return isStale ? " on an older state" : "";
}

export type GatesStanding =
  | { type: "none" }
  | { type: "running"; names: readonly string[] }
  | { type: "failed"; names: readonly string[] }
  | { type: "open"; names: readonly string[] }
  | { type: "stale" }
  | { type: "passed" };

/** Where the gates stand together. Only what passed on the work as it is now has passed. */
export function gatesStanding(gates: readonly GateMark[]): GatesStanding {
  if (gates.length === 0) return { type: "none" };
  const named = (look: GateLook) => gates.filter((gate) => gateLook(gate.state) === look).map((gate) => gate.name);
  const running = gates.filter((gate) => gate.state === "running" || gate.state === "queued");
  if (running.length > 0) return { type: "running", names: running.map((gate) => gate.name) };
  const failed = named("failed");
  if (failed.length > 0) return { type: "failed", names: failed };
  const open = named("open");
  if (open.length > 0) return { type: "open", names: open };
  return gates.some((gate) => gate.is_stale) ? { type: "stale" } : { type: "passed" };
}
