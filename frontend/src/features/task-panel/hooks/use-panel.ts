import type { UseQueryResult } from "@tanstack/react-query";
import { createContext, useContext, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt, Task } from "@/api/generated/types";
import type { Decision } from "@/lib/review-words";
import { type Merge, useMerge } from "./use-merge";
import type { AttemptTabProps, TaskPanelProps, TaskTab } from "../task-panel";

export type PanelDialog = "none" | "cancel" | "reject" | "discard" | "decide" | "revert" | "retry";
export type PanelAction = { type: "idle" } | { type: "running" } | { type: "failed"; title: string; message: string };

export type Panel = TaskPanelProps & {
  tab: TaskTab;
  attempts: UseQueryResult<readonly Attempt[]>;
  /** The attempt that the tabs show; none while there is none. */
  attempt: Attempt | undefined;
  /** The task's newest attempt, which is the one that can go on. */
  newest: Attempt | undefined;
  blockers: readonly Task[];
  find: AttemptTabProps["find"];
  dialog: PanelDialog;
  setDialog: (dialog: PanelDialog) => void;
  action: PanelAction;
  /** Carries out what a button asks for; what goes wrong is told under the header. */
  run: (title: string, work: () => Promise<void>) => void;
  /** The decision about the newest attempt. */
  merge: Merge;
  /** Carries the decision out at once. */
  decide: () => void;
  dismiss: () => void;
};

const context = createContext<Panel | undefined>(undefined);

/** Gives the parts of the panel what it knows. */
export const PanelScope = context.Provider;

/** What the panel knows. */
export function usePanel(): Panel {
  const panel = useContext(context);
  if (panel === undefined) throw new Error("a part of the panel is only shown in it");
  return panel;
}

/** The panel's state: what the address says, what the server told, and what is going on. */
export function usePanelState(props: TaskPanelProps, attempts: UseQueryResult<readonly Attempt[]>): Panel {
  const { project, task, tasks, view } = props;
  const [dialog, setDialog] = useState<PanelDialog>("none");
  const [action, setAction] = useState<PanelAction>({ type: "idle" });
  const [isFinding, setIsFinding] = useState(false);
  const defaultTab = useDefaultTab(task);
  const list = attempts.data ?? [];
  const attempt = list.find((candidate) => candidate.number === view.attempt) ?? list[0];
  const merge = useMerge(project, task, list[0]);
  const run = (title: string, work: () => Promise<void>) => {
    setAction({ type: "running" });
    work().then(
      () => setAction({ type: "idle" }),
      (error: unknown) => setAction({ type: "failed", title, message: errorMessage(error) }),
    );
  };
  return {
    ...props,
    tab: view.tab ?? defaultTab,
    attempts,
    attempt,
    newest: list[0],
    blockers: tasks.filter((other) => task.blocked_by.includes(other.id) && other.status !== "done"),
    find: { isOpen: isFinding, onChange: setIsFinding },
    dialog,
    setDialog,
    action,
    run,
    merge,
    decide: () => run(refusals[merge.decision], merge.decide),
    dismiss: () => setAction({ type: "idle" }),
  };
}

const refusals: Record<Decision, string> = {
  merge: "Not merged",
  squash: "Not merged",
  rebase: "Not merged",
  pr: "No pull request was opened",
  keep: "Not approved",
};

/** The log of a task at work, else the overview. A run that ends takes the log from nobody who reads it. */
function useDefaultTab(task: Task): TaskTab {
  const [hasSeenRun, setHasSeenRun] = useState(false);
  if (task.live_attempt !== null && !hasSeenRun) setHasSeenRun(true);
  return hasSeenRun ? "activity" : "overview";
}
