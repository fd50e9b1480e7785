import type { Task, TaskStatus } from "@/api/generated/types";
import { cn } from "@/lib/cn";
import type { Column, Slots } from "../model";
import { SlotMeter } from "./slot-meter";

type LaneTabsProps = {
  columns: readonly Column[];
  counts: ReadonlyMap<TaskStatus, readonly Task[]>;
  lane: TaskStatus;
  onLane: (status: TaskStatus) => void;
  slots: Slots;
};

/** On a phone: which of the lanes is shown, with the number of cards in each. */
export function LaneTabs({ columns, counts, lane, onLane, slots }: LaneTabsProps) {
  return (
    <>
      <nav aria-label="Columns" className="flex h-11 shrink-0 items-stretch overflow-x-auto border-b px-2">
        {columns.map((column) => (
          <button
            aria-current={column.id === lane ? "true" : undefined}
            className={cn(
              "relative flex min-w-max flex-1 items-center justify-center gap-1 px-2 text-base font-medium text-muted-foreground",
              column.id === lane &&
                "font-semibold text-foreground after:absolute after:inset-x-2 after:-bottom-px after:h-0.5 after:bg-foreground",
            )}
            key={column.id}
            onClick={() => onLane(column.id)}
            type="button"
          >
            {column.title}
            <span className="text-xs font-[450] text-faint-foreground tabular-nums">
              {counts.get(column.id)?.length ?? 0}
            </span>
          </button>
        ))}
      </nav>
      {lane === "in_progress" ? (
        <div className="flex h-9 shrink-0 items-center gap-2 px-4">
          <SlotMeter slots={slots} />
        </div>
      ) : (
        <div className="h-2 shrink-0" />
      )}
    </>
  );
}
