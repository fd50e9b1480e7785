import { lazy } from "react";
import type { TaskPanelProps } from "@/features/task-panel/task-panel";

const ActivityTab = lazy(() => import("@/features/activity/activity-tab"));
const Composer = lazy(() => import("@/features/conversation/composer"));
const DiffTab = lazy(() => import("@/features/diff/diff-tab"));
const TerminalTab = lazy(() => import("@/features/terminal/terminal-tab"));

/** What the open task shows of an attempt, each part loaded when it is first opened. */
export const taskTabs: TaskPanelProps["tabs"] = {
  activity: ({ attempt, view, waitsFor, onView }) => (
    <div className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1">
        <ActivityTab
          attempt={attempt}
          event={view.event}
          onEvent={(event) => onView({ tab: "activity", event })}
          waitsFor={waitsFor}
        />
      </div>
      <Composer attempt={attempt} />
    </div>
  ),
  diff: ({ attempt, view, onView }) => (
    <DiffTab attempt={attempt} file={view.file} onFile={(file) => onView({ tab: "diff", file })} />
  ),
  terminal: ({ attempt }) => <TerminalTab attempt={attempt} />,
};
