/** The board's rules of display: which columns there are, what stands in them, where a dropped card goes. */
import type { BoardKind, MoveTask, Project, Task, TaskId, TaskStatus } from "@/api/generated/types";

export type Column = {
  id: TaskStatus;
  title: string;
  /** The statuses it shows: on the plain board a hidden status stands with its neighbour. */
  statuses: readonly TaskStatus[];
};

const plainColumns: readonly Column[] = [
  { id: "todo", title: "To Do", statuses: ["backlog", "prd_review", "todo"] },
  { id: "in_progress", title: "In Progress", statuses: ["in_progress", "blocked"] },
  { id: "review", title: "Review", statuses: ["review"] },
  { id: "done", title: "Done", statuses: ["done"] },
];

const prdColumns: readonly Column[] = [
  { id: "backlog", title: "Backlog", statuses: ["backlog"] },
  { id: "prd_review", title: "PRD Review", statuses: ["prd_review"] },
  { id: "todo", title: "To Do", statuses: ["todo"] },
  { id: "in_progress", title: "In Progress", statuses: ["in_progress"] },
  { id: "blocked", title: "Blocked", statuses: ["blocked"] },
  { id: "review", title: "Review", statuses: ["review"] },
  { id: "done", title: "Done", statuses: ["done"] },
];

/** The name of a status that has no column of its own on the plain board. */
export const hiddenStatusNames: Partial<Record<TaskStatus, string>> = {
  backlog: "backlog",
  prd_review: "PRD review",
  blocked: "blocked",
};

/** The columns of a board, in order. */
export function boardColumns(kind: BoardKind): readonly Column[] {
  return kind === "plain" ? plainColumns : prdColumns;
}

/** The column that shows a status. */
export function columnOf(columns: readonly Column[], status: TaskStatus): Column | undefined {
  return columns.find((column) => column.statuses.includes(status));
}

/** The tasks of each column; their order is the board's. */
export function groupTasks(
  columns: readonly Column[],
  tasks: readonly Task[],
): ReadonlyMap<TaskStatus, readonly Task[]> {
  const columnIds = new Map(columns.flatMap((column) => column.statuses.map((status) => [status, column.id] as const)));
  const groups = new Map<TaskStatus, Task[]>(columns.map((column) => [column.id, []]));
  for (const task of tasks) {
    const columnId = columnIds.get(task.status);
    if (columnId) groups.get(columnId)?.push(task);
  }
  return groups;
}

/** The move that a drop means. `shown` are the column's cards without the dropped one; it lands before `shown[index]`. */
export function dropMove(task: Task, column: Column, shown: readonly Task[], index: number): MoveTask {
  const status = column.statuses.includes(task.status) ? task.status : column.id;
  const before = shown.slice(index).find((card) => card.status === status);
  const after = shown.slice(0, index).findLast((card) => card.status === status);
  return { status, ...(before ? { before: before.id } : {}), ...(after ? { after: after.id } : {}) };
}

/** The board with a move made at once, before the server has answered. */
export function placeTask(tasks: readonly Task[], taskId: TaskId, move: MoveTask): readonly Task[] {
  const task = tasks.find((candidate) => candidate.id === taskId);
  if (task === undefined) return tasks;
  const others = tasks.filter((candidate) => candidate.id !== taskId);
  const moved = { ...task, status: move.status };
  return others.toSpliced(landingIndex(others, move), 0, moved);
}

function landingIndex(others: readonly Task[], move: MoveTask): number {
  const after = others.findIndex((task) => task.id === move.after);
  if (after !== -1) return after + 1;
  const before = others.findIndex((task) => task.id === move.before);
  return before === -1 ? others.length : before;
}

/** The numbers of the tasks that must be done first and are not. */
export function openBlockers(task: Task, numbers: ReadonlyMap<TaskId, OpenTask>): readonly number[] {
  if (task.blocked_by.length === 0) return noNumbers;
  return task.blocked_by.flatMap((id) => {
    const blocker = numbers.get(id);
    return blocker && !blocker.isDone ? [blocker.number] : [];
  });
}

// The same list each time, so that a card without blockers is not drawn anew for it.
const noNumbers: readonly number[] = [];

export type OpenTask = { number: number; isDone: boolean };

/** What dependencies are looked up in. */
export function indexTasks(tasks: readonly Task[]): ReadonlyMap<TaskId, OpenTask> {
  return new Map(tasks.map((task) => [task.id, { number: task.number, isDone: task.status === "done" }]));
}

export type SlotUse = "running" | "waiting" | "free";
export type Slots = { used: number; total: number; queued: number; blocks: readonly SlotUse[] };

/** The slots of a project: who works takes one, who waits for a person has freed its own and is shown as well. */
export function countSlots(project: Project, tasks: readonly Task[]): Slots {
  const states = tasks.flatMap((task) => (task.live_attempt ? [task.live_attempt.state] : []));
  const used = states.filter((state) => state === "preparing" || state === "running" || state === "gates").length;
  const waiting = states.filter((state) => state === "waiting").length;
  const queued = states.filter((state) => state === "queued").length;
  const total = project.settings.max_parallel;
  const blocks = Array.from({ length: Math.max(total, used) }, (_, index): SlotUse => slotUse(index, used, waiting));
  return { used, total, queued, blocks };
}

function slotUse(index: number, used: number, waiting: number): SlotUse {
  if (index < used) return "running";
  return index < used + waiting ? "waiting" : "free";
}

const ordinals = ["first", "second", "third", "fourth", "fifth"];

export type DropForecast = { tone: "run" | "queue" | "refused"; text: string };

/** What dropping a task on In Progress will do. */
export function forecastStart(task: Task, slots: Slots, blockers: readonly number[]): DropForecast {
  if (task.live_attempt) return { tone: "queue", text: "is at work already" };
  if (!task.allowed_moves.includes("in_progress")) return { tone: "refused", text: "cannot run from here" };
  if (blockers.length > 0) return { tone: "queue", text: `will queue · waits for ${numberList(blockers)}` };
  if (slots.used < slots.total) return { tone: "run", text: `will run · slot ${slots.used + 1} of ${slots.total}` };
  const place = ordinals[slots.queued] ?? `number ${slots.queued + 1}`;
  return { tone: "queue", text: `will queue · ${place}, ${slots.used} of ${slots.total} slots busy` };
}

/** `#12`, or `#12 and #31`. */
export function numberList(numbers: readonly number[]): string {
  return new Intl.ListFormat("en").format(numbers.map((number) => `#${number}`));
}
