import { cn } from "@/lib/cn";
import type { SlotUse, Slots } from "../model";

const fills: Record<SlotUse, string> = {
  running: "bg-state-running",
  waiting: "shadow-none ring-1 ring-inset ring-needs-you-mark",
  free: "ring-1 ring-inset ring-input",
};

/** One block for each agent that may work at once, and how many do. */
export function SlotMeter({ slots }: { slots: Slots }) {
  return (
    <>
      <span aria-hidden className="ml-1 flex items-center gap-0.5">
        {slots.blocks.map((use, index) => (
          // The blocks are alike and never move: their place is what they are.
          // oxlint-disable-next-line react/no-array-index-key
          <i className={cn("h-1.5 w-2.5 rounded-[1px]", fills[use])} key={index} />
        ))}
      </span>
      <span className="text-xs font-[450] whitespace-nowrap text-faint-foreground tabular-nums">
        {slots.used}/{slots.total} slots
      </span>
    </>
  );
}
