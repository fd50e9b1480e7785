import { Droppable, type DroppableProvided } from "@hello-pangea/dnd";
import { History, Plus } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Task } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Tooltip } from "@/components/ui/tooltip";
import { cn } from "@/lib/cn";
import type { Column, Slots } from "../model";
import { SlotMeter } from "./slot-meter";

/** Cards shown at first and added with each press: a lane stays light whatever the board holds. */
export const laneStep = 40;

type LaneProps = {
  column: Column;
  tasks: readonly Task[];
  /** Given where the lane has slots. */
  slots: Slots | undefined;
  onNew: (() => void) | undefined;
  renderCard: (task: Task, index: number) => ReactNode;
  /** Stands at the lane's end: quick add, or what a drop will do. */
  foot: ReactNode;
  isNarrow: boolean;
};

/** One column: header, cards that scroll by themselves, foot. */
export function Lane({ column, tasks, slots, onNew, renderCard, foot, isNarrow }: LaneProps) {
  const [limit, setLimit] = useState(laneStep);
  const shown = tasks.slice(0, limit);
  return (
    <Droppable droppableId={column.id}>
      {(provided, snapshot) => (
        <section
          aria-label={column.title}
          className={cn(
            "flex min-h-0 w-1/4 min-w-70 shrink-0 snap-start flex-col border-r transition-colors last-of-type:border-r-0 max-md:w-full max-md:border-r-0",
            snapshot.isDraggingOver &&
              (slots ? "bg-state-running-surface shadow-[inset_0_0_0_1px_var(--ring)]" : "bg-accent/60"),
          )}
          data-column={column.id}
        >
          {isNarrow ? (
            <h2 className="sr-only">{column.title}</h2>
          ) : (
            <LaneHeader column={column} count={tasks.length} onNew={onNew} slots={slots} />
          )}
          <CardList
            attach={provided.innerRef}
            end={provided.placeholder}
            list={provided.droppableProps}
            title={column.title}
          >
            {shown.map(renderCard)}
          </CardList>
          <More
            hidden={tasks.length - shown.length}
            noun={column.id === "done" ? "older" : "more"}
            onMore={() => setLimit(limit + 4 * laneStep)}
          />
          {foot ? <div className="shrink-0 p-2 max-md:border-t max-md:px-3 max-md:pt-2 max-md:pb-3">{foot}</div> : null}
        </section>
      )}
    </Droppable>
  );
}

type CardListProps = {
  attach: DroppableProvided["innerRef"];
  list: DroppableProvided["droppableProps"];
  /** Keeps the list's height while a card hovers over it. */
  end: ReactNode;
  title: string;
  children: ReactNode;
};

function CardList({ attach, list, end, title, children }: CardListProps) {
  return (
    <ul
      ref={attach}
      {...list}
      aria-label={`${title} cards`}
      className="min-h-0 flex-1 [scrollbar-width:thin] overflow-x-hidden overflow-y-auto -mt-px px-2 pt-px"
    >
      {children}
      {end}
    </ul>
  );
}

type LaneHeaderProps = { column: Column; count: number; slots: Slots | undefined; onNew: (() => void) | undefined };

function LaneHeader({ column, count, slots, onNew }: LaneHeaderProps) {
  return (
    <header className="flex h-10 shrink-0 items-center gap-2 pr-2 pl-4">
      <h2 className="font-semibold whitespace-nowrap">{column.title}</h2>
      <span className="text-xs font-[450] text-faint-foreground tabular-nums">{count.toLocaleString("en")}</span>
      {slots ? <SlotMeter slots={slots} /> : null}
      <span className="flex-1" />
      {onNew ? (
        <Tooltip label={`New task in ${column.title}`}>
          <Button aria-label={`New task in ${column.title}`} onClick={onNew} size="icon-sm" variant="ghost">
            <Icon as={Plus} />
          </Button>
        </Tooltip>
      ) : null}
    </header>
  );
}

function More({ hidden, noun, onMore }: { hidden: number; noun: string; onMore: () => void }) {
  if (hidden <= 0) return null;
  return (
    <div className="shrink-0 px-2 pt-1">
      <button
        className="flex h-8 w-full items-center gap-2 rounded-md px-2 text-muted-foreground tabular-nums hover:bg-accent hover:text-foreground max-md:h-11"
        onClick={onMore}
        type="button"
      >
        <Icon as={History} />
        {hidden.toLocaleString("en")} {noun}
      </button>
    </div>
  );
}
