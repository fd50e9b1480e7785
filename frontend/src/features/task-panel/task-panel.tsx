import type { Project, Task } from "@/api/generated/types";

export type TaskTab = "overview" | "activity" | "diff" | "terminal";

/** What the panel shows, as the address says it. Everything is optional: the panel chooses what is left out. */
export type TaskView = {
  tab?: TaskTab | undefined;
  /** The attempt's number; the newest one if not given. */
  attempt?: number | undefined;
  /** The event to scroll to. */
  event?: number | undefined;
  /** The file of the diff to scroll to. */
  file?: string | undefined;
  /** The panel as a page of its own. */
  full?: boolean | undefined;
};

export type TaskPanelProps = {
  project: Project;
  /** The task, live from the board's cache. */
  task: Task;
  /** All tasks of the board, for dependencies. */
  tasks: readonly Task[];
  view: TaskView;
  /** Changes the address; `undefined` drops a part of it. */
  onView: (change: TaskView) => void;
  onClose: () => void;
  onEdit: () => void;
  onDelete: () => void;
  /** Opens the card above or below in its column. */
  onStep: (direction: "previous" | "next") => void;
};

/** The open task. */
export default function TaskPanel({ task, onClose }: TaskPanelProps) {
  return (
    <section aria-label={`Task ${task.number}`} className="flex h-full flex-col p-6">
      <h2 className="text-lg font-semibold">{task.title}</h2>
      <button onClick={onClose} type="button">
        Close
      </button>
    </section>
  );
}
