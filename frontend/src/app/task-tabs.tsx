import { lazy } from "react";
import type { TaskPanelProps } from "@/features/task-panel/task-panel";

const ActivityPart = lazy(() => import("./activity-part"));
const DiffPart = lazy(() => import("./diff-part"));
const GatesPart = lazy(() => import("./gates-part"));
const TerminalTab = lazy(() => import("@/features/terminal/terminal-tab"));

/** What the open task shows of an attempt, each part loaded when it is first opened. */
export const taskTabs: TaskPanelProps["tabs"] = {
  activity: (props) => <ActivityPart {...props} />,
  diff: (props) => <DiffPart {...props} />,
  gates: (props) => <GatesPart {...props} />,
  terminal: ({ attempt }) => <TerminalTab attempt={attempt} />,
};
