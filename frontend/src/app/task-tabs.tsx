import { lazy } from "react";
import type { TaskPanelProps } from "@/features/task-panel/task-panel";

const ActivityPart = lazy(() => import("./activity-part"));
const DiffTab = lazy(() => import("@/features/diff/diff-tab"));
const TerminalTab = lazy(() => import("@/features/terminal/terminal-tab"));

/** What the open task shows of an attempt, each part loaded when it is first opened. */
export const taskTabs: TaskPanelProps["tabs"] = {
  activity: (props) => <ActivityPart {...props} />,
  diff: ({ attempt, view, onView }) => (
    <DiffTab attempt={attempt} file={view.file} onFile={(file) => onView({ tab: "diff", file })} />
  ),
  terminal: ({ attempt }) => <TerminalTab attempt={attempt} />,
};
