import type { DragStart, DragUpdate, DropResult, ResponderProvided } from "@hello-pangea/dnd";
import { useState } from "react";
import type { MoveTask, Task, TaskStatus } from "@/api/generated/types";
import { showToast } from "@/components/ui/toast";
import { type Column, dropMove } from "../model";

/** Where a drag is: nothing lifted, or a card over a column (or over none). */
export type DragState = { type: "idle" } | { type: "lifted"; taskId: string; over: TaskStatus | undefined };

export type DragRules = {
  columns: readonly Column[];
  groups: ReadonlyMap<TaskStatus, readonly Task[]>;
  /** What a drop on a column will do, to be shown and announced. */
  forecast: (task: Task, column: Column) => string | undefined;
  onMove: (task: Task, move: MoveTask) => void;
  /** A card at work was dragged out: the run has to be cancelled first. */
  onLeaveRun: (task: Task, move: MoveTask) => void;
};

/** Turns the library's drag into moves, forecasts and announcements. */
export function useDrag(rules: DragRules) {
  const [drag, setDrag] = useState<DragState>({ type: "idle" });
  const { columns, groups } = rules;
  const findTask = (id: string) => [...groups.values()].flat().find((task) => task.id === id);
  const findColumn = (id: string | undefined) => columns.find((column) => column.id === id);

  const onDragStart = (start: DragStart, provided: ResponderProvided) => {
    const column = findColumn(start.source.droppableId);
    setDrag({ type: "lifted", taskId: start.draggableId, over: column?.id });
    provided.announce(liftedText(findTask(start.draggableId), column));
  };
  const onDragUpdate = (update: DragUpdate, provided: ResponderProvided) => {
    const column = findColumn(update.destination?.droppableId);
    setDrag({ type: "lifted", taskId: update.draggableId, over: column?.id });
    const task = findTask(update.draggableId);
    const forecast =
      task && column && !column.statuses.includes(task.status) ? rules.forecast(task, column) : undefined;
    provided.announce(overText(column, update.destination?.index, forecast));
  };
  const onDragEnd = (result: DropResult, provided: ResponderProvided) => {
    setDrag({ type: "idle" });
    const task = findTask(result.draggableId);
    const column = findColumn(result.destination?.droppableId);
    if (task === undefined || column === undefined || result.reason === "CANCEL") {
      return provided.announce("The card is back where it was.");
    }
    drop(rules, task, column, result, provided);
  };
  return { drag, onDragStart, onDragUpdate, onDragEnd };
}

function drop(rules: DragRules, task: Task, column: Column, result: DropResult, provided: ResponderProvided): void {
  const { source, destination } = result;
  if (destination === null || (source.droppableId === destination.droppableId && source.index === destination.index)) {
    return provided.announce("The card is back where it was.");
  }
  const others = (rules.groups.get(column.id) ?? []).filter((candidate) => candidate.id !== task.id);
  const move = dropMove(task, column, others, destination.index);
  if (task.allowed_moves.includes(move.status) || move.status === task.status) {
    provided.announce(`#${task.number} is now in ${column.title}, place ${destination.index + 1}.`);
    return rules.onMove(task, move);
  }
  if (task.allowed_actions.includes("cancel")) {
    provided.announce(`#${task.number} is at work. Confirm to cancel its run.`);
    return rules.onLeaveRun(task, move);
  }
  provided.announce(`#${task.number} cannot be moved to ${column.title}.`);
  showToast({ title: `#${task.number} stays.`, detail: `It cannot be moved to ${column.title} from here.` });
}

// The first words are the library's own: tools and habits listen for them.
function liftedText(task: Task | undefined, column: Column | undefined): string {
  return `You have lifted an item: #${task?.number ?? ""} ${task?.title ?? ""}, in ${column?.title ?? "no column"}. Arrows move it, Space drops it, Escape puts it back.`;
}

function overText(column: Column | undefined, index: number | undefined, forecast: string | undefined): string {
  if (column === undefined || index === undefined) return "Over no column.";
  return `Over ${column.title}, place ${index + 1}.${forecast ? ` It ${forecast}.` : ""}`;
}
