import type { GateMark, GateState } from "@/api/generated/types";
import { cn } from "@/lib/cn";
import { describeGates, type GateLook, gateLook } from "@/lib/gates";

const looks: Record<GateLook, string> = {
  passed: "rounded-full bg-state-review",
  failed: "rotate-45 rounded-[1px] bg-state-failed",
  running: "rounded-full shadow-[inset_0_0_0_1.5px_var(--state-running)]",
  open: "rounded-full shadow-[inset_0_0_0_1.25px_var(--input)]",
};

/** One gate as a shape: disc passed, diamond failed, ring not run, blue ring running. Faded: it ran on another state. */
export function GateShape({
  state,
  isStale,
  isLarge = false,
}: {
  state: GateState;
  isStale: boolean;
  isLarge?: boolean;
}) {
  return (
    <span
      aria-hidden
      className={cn("block shrink-0", isLarge ? "size-2" : "size-1.5", looks[gateLook(state)], isStale && "opacity-45")}
    />
  );
}

/** Gates in a row, for cards and lists. */
export function GateMarks({ gates }: { gates: readonly GateMark[] }) {
  if (gates.length === 0) return null;
  const words = describeGates(gates);
  return (
    <span aria-label={`gates: ${words}`} className="inline-flex items-center gap-1" role="img" title={words}>
      {gates.map((gate) => (
        <GateShape isStale={gate.is_stale} key={gate.name} state={gate.state} />
      ))}
    </span>
  );
}
