import { useState } from "react";
import type { DiffScope } from "@/api/generated/types";
import DiffTab from "@/features/diff/diff-tab";
import type { AttemptTabProps } from "@/features/task-panel/task-panel";

const noReview = { remarks: [], counts: new Map<string, number>(), render: () => null, onComment: undefined };

/** The diff of an attempt with its review. */
export default function DiffPart({ attempt, view, onView }: AttemptTabProps) {
  const [scope, setScope] = useState<DiffScope>("all");
  return (
    <DiffTab
      attempt={attempt}
      file={view.file}
      onFile={(file) => onView({ tab: "diff", file })}
      onScope={setScope}
      review={noReview}
      scope={scope}
    />
  );
}
