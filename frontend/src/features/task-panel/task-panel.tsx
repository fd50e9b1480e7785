import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { attemptsQuery } from "@/api/attempts";
import type { Attempt, Project, Task } from "@/api/generated/types";
import { useKeys } from "@/lib/use-keys";
import { ActionStrip } from "./components/action-strip";
import { PanelBar } from "./components/panel-bar";
import { PanelHead } from "./components/panel-head";
import { PanelTabs } from "./components/panel-tabs";
import { ReviewDialogs } from "./components/review-dialogs";
import { PanelScope, usePanelState } from "./hooks/use-panel";

export type TaskTab = "overview" | "activity" | "diff" | "gates" | "terminal";

/** What the panel shows, as the address says it. Everything is optional: the panel chooses what is left out. */
export type TaskView = {
  tab?: TaskTab | undefined;
  /** The attempt's number; the newest one if not given. */
  attempt?: number | undefined;
  /** The event to scroll to. */
  event?: number | undefined;
  /** The approval or question to scroll to, while it waits. */
  ask?: string | undefined;
  /** The file of the diff to scroll to. */
  file?: string | undefined;
  /** Two checkpoints that the diff compares. */
  from?: number | undefined;
  to?: number | undefined;
  /** The panel as a page of its own. */
  full?: boolean | undefined;
};

/** What a tab about one attempt gets. */
export type AttemptTabProps = {
  attempt: Attempt;
  view: TaskView;
  /** Why a queued attempt does not run yet. */
  waitsFor: string | undefined;
  /** Whether the log is searched; a phone opens the search from the panel's menu. */
  find: { isOpen: boolean; onChange: (isOpen: boolean) => void };
  onView: (change: TaskView) => void;
  /** Asks whether the attempt's work shall go. */
  onDiscard: () => void;
};

export type TaskPanelProps = {
  project: Project;
  /** The task, live from the board's cache. */
  task: Task;
  /** All tasks of the board, for dependencies. */
  tasks: readonly Task[];
  view: TaskView;
  /** What the tabs about an attempt show; the page composes them from other features. */
  tabs: Record<Exclude<TaskTab, "overview">, (props: AttemptTabProps) => ReactNode>;
  /** Changes the address; `undefined` drops a part of it. */
  onView: (change: TaskView) => void;
  onClose: () => void;
  onEdit: () => void;
  onDelete: () => void;
  /** Opens the card above or below in its column. */
  onStep: (direction: "previous" | "next") => void;
  /** Opens another task of the board. */
  onOpen: (number: number) => void;
};

/** The open task: what it is, the one next action, and its tabs. */
export default function TaskPanel(props: TaskPanelProps) {
  const { task, view, onView } = props;
  const attempts = useQuery(attemptsQuery(task.id));
  const panel = usePanelState(props, attempts);
  const hasDecision = panel.merge.decisions.length > 0;
  useKeys({
    o: () => onView({ tab: "overview" }),
    l: () => onView({ tab: "activity" }),
    d: () => onView({ tab: "diff" }),
    // The message is looked at first: one key alone merges nothing.
    a: (event) => {
      if (!hasDecision) return;
      event.preventDefault();
      panel.setDialog("decide");
    },
    g: () => onView({ tab: "gates" }),
    t: () => onView({ tab: "terminal" }),
  });
  return (
    <PanelScope value={panel}>
      <div className="flex h-full min-h-0 flex-col" data-full={view.full || undefined}>
        <PanelBar />
        <PanelHead />
        <ActionStrip />
        <PanelTabs />
        <ReviewDialogs />
      </div>
    </PanelScope>
  );
}
