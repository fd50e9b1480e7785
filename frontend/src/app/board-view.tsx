import { useQueryClient } from "@tanstack/react-query";
import { lazy, type ReactNode, Suspense, useDeferredValue, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Project, Task, TaskStatus } from "@/api/generated/types";
import { changeBoard, createTask, startTask } from "@/api/tasks";
import { showToast } from "@/components/ui/toast";
import { Board } from "@/features/board/board";
import { TopBar } from "@/features/board/components/top-bar";
import { matchesFilter, parseFilter } from "@/features/board/filter";
import type { CardIntent } from "@/features/board/intent";
import type { TaskDialog } from "@/features/tasks/task-dialogs";
import { useKeys } from "@/lib/use-keys";
import { useIsNarrow } from "@/lib/use-media";
import { BoardScope } from "./board-scope";
import { MobileBar, MobileMenu } from "./mobile-bar";
import { NeedsButton } from "./needs-button";

const EmptyBoard = lazy(async () => ({
  default: (await import("@/features/board/components/empty-board")).EmptyBoard,
}));
const TaskDialogs = lazy(async () => ({ default: (await import("@/features/tasks/task-dialogs")).TaskDialogs }));

type BoardViewProps = {
  project: Project;
  tasks: readonly Task[];
  query: string;
  lane: TaskStatus | undefined;
  openNumber: number | undefined;
  pathOf: (task: Task) => string;
  strip: ReactNode;
  onQuery: (query: string) => void;
  onLane: (lane: TaskStatus) => void;
  onOpen: (number: number) => void;
  /** The open task, over the board. */
  children: ReactNode;
};

/** Top bar, board, dialogs, and the open task over them. */
export function BoardView(props: BoardViewProps) {
  const { project, tasks, query } = props;
  const [dialog, setDialog] = useState<TaskDialog>({ type: "none" });
  const isNarrow = useIsNarrow();
  const shown = useFiltered(tasks, query);
  const openNew = (status: TaskStatus, title: string) =>
    setDialog({ type: "form", target: { type: "new", status, title } });
  useKeys({
    c: (event) => {
      event.preventDefault();
      openNew("todo", "");
    },
  });
  const bar = {
    project,
    query,
    hidden: tasks.length - shown.length,
    needs: <NeedsButton projectId={project.id} />,
    onQuery: props.onQuery,
    onNew: () => openNew("todo", ""),
  };
  return (
    <main className="relative flex min-h-0 min-w-0 flex-1 flex-col overflow-hidden">
      {isNarrow ? <MobileBar {...bar} /> : <TopBar {...bar} />}
      {props.strip}
      <BoardScope value={{ project, tasks, openDialog: setDialog }}>
        <div className="relative flex min-h-0 flex-1 flex-col">
          <BoardBody onDialog={setDialog} openNew={openNew} props={props} shown={shown} />
          {props.children}
        </div>
      </BoardScope>
      {dialog.type === "none" ? null : (
        <Suspense fallback={null}>
          <TaskDialogs dialog={dialog} onClose={() => setDialog({ type: "none" })} project={project} />
        </Suspense>
      )}
    </main>
  );
}

/** Typing stays quick on a large board: the cards follow the words when there is time. */
function useFiltered(tasks: readonly Task[], query: string): readonly Task[] {
  const deferred = useDeferredValue(query);
  if (deferred === "") return tasks;
  const filter = parseFilter(deferred);
  return tasks.filter((task) => matchesFilter(task, filter));
}

type BoardBodyProps = {
  props: BoardViewProps;
  shown: readonly Task[];
  openNew: (status: TaskStatus, title: string) => void;
  onDialog: (dialog: TaskDialog) => void;
};

function BoardBody({ props, shown, openNew, onDialog }: BoardBodyProps) {
  const { project, tasks } = props;
  const onQuickAdd = useQuickAdd(project, props.onOpen);
  const onIntent = useIntents(props.onOpen, onDialog);
  return (
    <>
      <Board
        allTasks={tasks}
        footMenu={<MobileMenu onNew={() => openNew("todo", "")} />}
        href={props.pathOf}
        lane={props.lane ?? "todo"}
        onIntent={onIntent}
        onLane={props.onLane}
        onLeaveRun={(task, afterwards) => onDialog({ type: "cancel", task, afterwards })}
        onNew={openNew}
        onQuickAdd={onQuickAdd}
        openNumber={props.openNumber}
        project={project}
        tasks={shown}
      />
      {tasks.length === 0 ? (
        <Suspense fallback={null}>
          <EmptyBoard onWrite={() => openNew("todo", "")} project={project} />
        </Suspense>
      ) : null}
    </>
  );
}

/** Writes a task and brings its card into view; where its lane is too long for that, says where it is. */
function useQuickAdd(project: Project, onOpen: (number: number) => void) {
  const client = useQueryClient();
  return async (status: TaskStatus, title: string): Promise<boolean> => {
    try {
      const task = await createTask(project.id, { title, status });
      changeBoard(client, project.id, { type: "put", task });
      requestAnimationFrame(() => showNew(task, onOpen));
      return true;
    } catch (error) {
      showToast({ title: "The task was not written.", detail: errorMessage(error) });
      return false;
    }
  };
}

function showNew(task: Task, onOpen: (number: number) => void): void {
  const card = document.querySelector(`[data-card="${task.id}"]`);
  if (card) return card.scrollIntoView({ block: "nearest" });
  showToast({
    title: `#${task.number} is written.`,
    detail: "It stands further down, or the filter hides it.",
    action: { label: "Open", run: () => onOpen(task.number) },
  });
}

/** Carries out what a card or the open task asks for. */
function useIntents(onOpen: (number: number) => void, onDialog: (dialog: TaskDialog) => void) {
  return (intent: CardIntent, task: Task): void => {
    switch (intent) {
      case "open":
        return onOpen(task.number);
      case "edit":
        return onDialog({ type: "form", target: { type: "edit", task } });
      case "delete":
        return onDialog({ type: "delete", task, onDeleted: () => undefined });
      case "approve":
      case "merge":
      case "cancel":
        return onDialog({ type: intent, task });
      case "start":
        return void start(task);
    }
  };
}

async function start(task: Task): Promise<void> {
  try {
    await startTask(task.id);
  } catch (error) {
    showToast({ title: `#${task.number} was not started.`, detail: errorMessage(error) });
  }
}
