import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { usePendingAsks } from "@/api/asks";
import type { Task } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { cn } from "@/lib/cn";
import { useKeys } from "@/lib/use-keys";
import { useBoardScope } from "./board-scope";
import { useCloseTask } from "./use-close-task";
import { taskTabs } from "./task-tabs";
import { useOpenTask } from "./use-needs";

const taskRoute = getRouteApi("/p/$project/t/$number");
const TaskPanel = lazy(() => import("@/features/task-panel/task-panel"));

/** The open task: a panel over the board, or the whole page below the top bar. */
export default function TaskPage() {
  const { number } = taskRoute.useParams();
  const search = taskRoute.useSearch();
  const { tasks } = useBoardScope();
  const task = tasks.find((candidate) => String(candidate.number) === number);
  const close = useCloseTask(task);
  useKeys({ Escape: close });
  useRequestKeys(task, search.tab === "activity" ? search.ask : undefined);
  return (
    <section
      aria-label={task ? `Task #${task.number}` : "Task"}
      className={cn(
        "absolute inset-y-0 right-0 z-20 flex animate-slide flex-col overflow-hidden max-md:fixed max-md:inset-0",
        search.full
          ? "left-0 bg-panel-full"
          : "w-[min(62vw,calc(100%-280px))] bg-panel shadow-panel max-xl:w-[min(72vw,calc(100%-280px))] max-lg:w-full",
      )}
    >
      {task ? <OpenTask onClose={close} task={task} /> : <MissingTask number={number} onClose={close} />}
    </section>
  );
}

/** `]` and `[` go to what this task asks first; from there on to the others. */
function useRequestKeys(task: Task | undefined, shown: string | undefined): void {
  const ask = usePendingAsks()?.find((candidate) => candidate.task_id === task?.id);
  const openTask = useOpenTask();
  const go = (event: KeyboardEvent) => {
    if (!task || !ask || ask.id === shown) return;
    event.preventDefault();
    openTask(task, ask);
  };
  useKeys({ "]": go, "[": go });
}

function OpenTask({ task, onClose }: { task: Task; onClose: () => void }) {
  const { project, tasks, openDialog } = useBoardScope();
  const { project: key } = taskRoute.useParams();
  const { q: _q, lane: _lane, ...view } = taskRoute.useSearch();
  const navigate = useNavigate();
  // Another task has other attempts: only how it is shown stays.
  const open = (next: number) =>
    void navigate({
      to: "/p/$project/t/$number",
      params: { project: key, number: String(next) },
      search: ({ q, lane, tab, full }) => ({ q, lane, tab, full }),
    });
  const step = (direction: "previous" | "next") => {
    const lane = tasks.filter((other) => other.status === task.status);
    const next = lane[lane.indexOf(task) + (direction === "next" ? 1 : -1)];
    if (next) open(next.number);
  };
  return (
    <Suspense fallback={<PanelSkeleton />}>
      <TaskPanel
        key={task.id}
        onClose={onClose}
        onDelete={() => openDialog({ type: "delete", task, onDeleted: onClose })}
        onEdit={() => openDialog({ type: "form", target: { type: "edit", task } })}
        onOpen={open}
        onStep={step}
        onView={(change) => void navigate({ to: ".", search: (old) => ({ ...old, ...change }), replace: true })}
        project={project}
        tabs={taskTabs}
        task={task}
        tasks={tasks}
        view={view}
      />
    </Suspense>
  );
}

function PanelSkeleton() {
  return (
    <div aria-busy="true" className="flex flex-col gap-4 p-6">
      <Skeleton className="w-1/5" />
      <Skeleton className="w-3/5" />
      <Skeleton className="w-2/5" />
    </div>
  );
}

function MissingTask({ number, onClose }: { number: string; onClose: () => void }) {
  return (
    <div className="flex flex-col items-start gap-3 p-6">
      <h2 className="text-lg font-semibold">There is no task #{number}</h2>
      <p className="text-muted-foreground">It may have been deleted.</p>
      <Button onClick={onClose}>Back to the board</Button>
    </div>
  );
}
