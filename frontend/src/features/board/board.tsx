import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo, useRef } from "react";
import { usePendingAsks } from "@/api/asks";
import type { MoveTask, Project, ProjectId, Task, TaskId, TaskStatus } from "@/api/generated/types";
import { radarQuery } from "@/api/radar";
import { useIsNarrow } from "@/lib/use-media";
import { DragArea, useDragState } from "./components/drag-area";
import { DropNote } from "./components/drop-note";
import { Lane } from "./components/lane";
import { LaneTabs } from "./components/lane-tabs";
import { QuickAdd } from "./components/quick-add";
import { type CardContext, TaskCard } from "./components/task-card";
import { useBoardKeys } from "./hooks/use-board-keys";
import { useGlide } from "./hooks/use-glide";
import { useKeepFocus } from "./hooks/use-keep-focus";
import { type PendingMoves, useMoveTask } from "./hooks/use-move-task";
import type { DragRules } from "./hooks/use-drag";
import type { CardIntent } from "./intent";
import {
  boardColumns,
  type Column,
  columnOf,
  countSlots,
  forecastStart,
  groupTasks,
  indexTasks,
  openBlockers,
} from "./model";
import { groupCollisions, noCollisions } from "./collisions";
import { groupAsks, type Waiting } from "./status-line";

export type BoardProps = {
  project: Project;
  /** The tasks that pass the filter. */
  tasks: readonly Task[];
  /** All tasks, for slots and dependencies. */
  allTasks: readonly Task[];
  openNumber: number | undefined;
  href: (task: Task) => string;
  lane: TaskStatus;
  onLane: (status: TaskStatus) => void;
  onIntent: (intent: CardIntent, task: Task) => void;
  onLeaveRun: (task: Task, then: () => void) => void;
  onNew: (status: TaskStatus, title: string) => void;
  onQuickAdd: (status: TaskStatus, title: string) => Promise<boolean>;
  /** Stands beside quick add where the rail has no room. */
  footMenu: ReactNode;
};

/** The board. Which drag library moves the cards is known here and below, and nowhere else. */
export function Board(props: BoardProps) {
  const view = useBoardView(props);
  const isNarrow = useIsNarrow();
  const { columns, board } = view;
  const shown = isNarrow ? columns.filter((column) => column.id === props.lane) : columns;
  return (
    <DragArea rules={view.rules}>
      {isNarrow ? (
        <LaneTabs columns={columns} counts={view.groups} lane={props.lane} onLane={props.onLane} slots={view.slots} />
      ) : null}
      <div
        className="flex min-h-0 flex-1 snap-x overflow-x-auto overflow-y-hidden"
        data-panel={props.openNumber === undefined ? undefined : "open"}
        ref={board}
      >
        {shown.map((column) => (
          <BoardLane column={column} isNarrow={isNarrow} key={column.id} props={props} view={view} />
        ))}
        {props.openNumber === undefined ? null : (
          <div aria-hidden className="w-[62vw] shrink-0 max-xl:w-[72vw] max-lg:hidden" />
        )}
      </div>
    </DragArea>
  );
}

type BoardView = ReturnType<typeof useBoardView>;

function useBoardView(props: BoardProps) {
  const { project, tasks, allTasks } = props;
  const board = useRef<HTMLDivElement>(null);
  const glide = useGlide(board, tasks);
  const columns = boardColumns(project.board);
  const groups = groupTasks(columns, tasks);
  const slots = countSlots(project, allTasks);
  const blockersOf = blockerLookup(allTasks);
  const { move, pending } = useMoveTask(project.id, (status) => columnOf(columns, status)?.title ?? status);

  const moveTo = (task: Task, to: MoveTask, isDragged: boolean) => {
    const run = () => void move(task, to);
    if (!task.allowed_moves.includes(to.status) && to.status !== task.status) return props.onLeaveRun(task, run);
    if (isDragged) glide.land(task.id);
    run();
  };
  const forecastOf = (task: Task, column: Column) =>
    column.id === "in_progress" ? forecastStart(task, slots, blockersOf(task)) : undefined;
  const rules: DragRules = {
    columns,
    groups,
    forecast: (task, column) => forecastOf(task, column)?.text,
    onMove: (task, to) => moveTo(task, to, true),
    onLeaveRun: (task, to) => moveTo(task, to, false),
  };
  const context: CardContext = {
    columns,
    openNumber: props.openNumber,
    isPlainBoard: project.board === "plain",
    href: props.href,
    onIntent: props.onIntent,
    onMove: (task, status) => moveTo(task, { status }, false),
  };
  useKeepFocus(board, tasks);
  useBoardKeys(board, { openNumber: props.openNumber, tasks, onIntent: props.onIntent });
  const waitingOf = useWaiting();
  const collisionsOf = useCollisions(project.id);
  return { board, columns, groups, slots, blockersOf, pending, forecastOf, rules, context, waitingOf, collisionsOf };
}

/** What would not merge with what, by its task; the same object until the radar tells anew. */
function useCollisions(projectId: ProjectId) {
  const radar = useQuery(radarQuery(projectId)).data;
  return useMemo(() => groupCollisions(radar?.collisions ?? noCollisions), [radar]);
}

/** What waits for a person, by its task; the same object for as long as nothing of it changes. */
function useWaiting(): ReadonlyMap<TaskId, Waiting> {
  const asks = usePendingAsks();
  return useMemo(() => groupAsks(asks ?? []), [asks]);
}

function blockerLookup(tasks: readonly Task[]) {
  const index = indexTasks(tasks);
  return (task: Task) => openBlockers(task, index);
}

type BoardLaneProps = { column: Column; props: BoardProps; view: BoardView; isNarrow: boolean };

function BoardLane({ column, props, view, isNarrow }: BoardLaneProps) {
  const isTodo = column.id === "todo" || column.id === "backlog";
  return (
    <Lane
      column={column}
      foot={<LaneFoot column={column} isNarrow={isNarrow} isTodo={isTodo} props={props} view={view} />}
      isNarrow={isNarrow}
      onNew={isTodo ? () => props.onNew(column.id, "") : undefined}
      renderCard={(task, index) => (
        <TaskCard
          blockers={view.blockersOf(task)}
          collisions={view.collisionsOf.get(task.id) ?? noCollisions}
          context={view.context}
          index={index}
          isStarting={isStarting(task, view.pending)}
          key={task.id}
          task={task}
          waiting={view.waitingOf.get(task.id)}
        />
      )}
      slots={column.id === "in_progress" ? view.slots : undefined}
      tasks={view.groups.get(column.id) ?? []}
    />
  );
}

function isStarting(task: Task, pending: PendingMoves): boolean {
  return pending.get(task.id) === "in_progress" && task.live_attempt === null;
}

type LaneFootProps = { column: Column; isTodo: boolean; isNarrow: boolean; props: BoardProps; view: BoardView };

function LaneFoot({ column, isTodo, isNarrow, props, view }: LaneFootProps) {
  const drag = useDragState();
  const lifted =
    drag.type === "lifted" && drag.over === column.id
      ? props.allTasks.find((task) => task.id === drag.taskId)
      : undefined;
  const isArriving = lifted !== undefined && !column.statuses.includes(lifted.status);
  const forecast = isArriving ? view.forecastOf(lifted, column) : undefined;
  if (forecast) return <DropNote forecast={forecast} />;
  if (!isTodo && !isNarrow) return null;
  // On a phone every lane offers it; a task that is written there still begins in To Do.
  const target = isTodo ? column : view.columns.find(({ id }) => id === "todo");
  return target ? (
    <div className="flex items-start gap-2">
      <div className="min-w-0 flex-1">
        <QuickAdd
          columnTitle={target.title}
          hasKey={props.allTasks.length === 0}
          onAdd={(title) => props.onQuickAdd(target.id, title)}
          onDetails={(title) => props.onNew(target.id, title)}
        />
      </div>
      {isNarrow ? props.footMenu : null}
    </div>
  ) : null;
}
