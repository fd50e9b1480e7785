import { useState } from "react";
import type { DiffScope } from "@/api/generated/types";
import DiffTab from "@/features/diff/diff-tab";
import { ReviewFoot } from "@/features/review-comments/components/review-foot";
import { useReview } from "@/features/review-comments/use-review";
import type { AttemptTabProps } from "@/features/task-panel/task-panel";

/** The diff of an attempt with its comments, and below it what goes back to the agent. */
export default function DiffPart({ attempt, view, onView, onDiscard }: AttemptTabProps) {
  const [scope, setScope] = useState<DiffScope>("all");
  // The newest attempt is the one that the panel shows when none is named.
  const onNext = () => onView({ tab: "activity", attempt: undefined, file: undefined });
  const review = useReview({ attempt, scope, onAnswer: () => setScope("last_review"), onNext });
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="min-h-0 flex-1">
        <DiffTab
          attempt={attempt}
          file={view.file}
          onFile={(file) => onView({ tab: "diff", file })}
          onScope={setScope}
          review={review}
          scope={scope}
        />
      </div>
      <ReviewFoot attempt={attempt} onDiscard={onDiscard} onNext={onNext} unsent={review.unsent} />
    </div>
  );
}
