import DiffTab from "@/features/diff/diff-tab";
import type { AttemptTabProps } from "@/features/task-panel/task-panel";

/** The diff of an attempt. */
export default function DiffPart({ attempt, view, onView }: AttemptTabProps) {
  return <DiffTab attempt={attempt} file={view.file} onFile={(file) => onView({ tab: "diff", file })} />;
}
