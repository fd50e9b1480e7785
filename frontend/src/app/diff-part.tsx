import { useState } from "react";
import type { DiffScope } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import DiffTab from "@/features/diff/diff-tab";
import { ReviewFoot } from "@/features/review-comments/components/review-foot";
import { useReview } from "@/features/review-comments/use-review";
import type { AttemptTabProps } from "@/features/task-panel/task-panel";

/** The diff of an attempt with its comments, and below it what goes back to the agent. */
export default function DiffPart({ attempt, view, onView, onDiscard }: AttemptTabProps) {
  const [scope, setScope] = useState<DiffScope>("all");
  const between = betweenOf(view);
  const showScope = (next: DiffScope) => {
    setScope(next);
    if (between) onView({ from: undefined, to: undefined });
  };
  // The newest attempt is the one that the panel shows when none is named.
  const onNext = () => onView({ tab: "activity", attempt: undefined, file: undefined });
  const review = useReview({ attempt, scope, onAnswer: () => showScope("last_review"), onNext });
  return (
    <div className="flex h-full min-h-0 flex-col">
      {between ? <BetweenStrip between={between} onAll={() => showScope("all")} /> : null}
      <div className="min-h-0 flex-1">
        <DiffTab
          attempt={attempt}
          between={between}
          file={view.file}
          onFile={(file) => onView({ tab: "diff", file })}
          onScope={showScope}
          // A checkpoint's lines have numbers of their own: comments are written on what is there now.
          review={between ? { ...review, onComment: undefined } : review}
          scope={scope}
        />
      </div>
      <ReviewFoot attempt={attempt} onDiscard={onDiscard} onNext={onNext} unsent={review.unsent} />
    </div>
  );
}

type Between = { from: number; to: number };

/** The two checkpoints that the address names. */
function betweenOf({ from, to }: AttemptTabProps["view"]): Between | undefined {
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** Says that no scope is shown but what one checkpoint has over another. */
function BetweenStrip({ between, onAll }: { between: Between; onAll: () => void }) {
  return (
    <p className="flex min-h-9 shrink-0 items-center gap-2 border-b bg-muted px-6 text-xs max-md:px-4 in-data-full:px-4">
      <span className="min-w-0 flex-1">
        What changed from checkpoint {between.from} to {between.to}
      </span>
      <Button onClick={onAll} size="sm">
        Show all changes
      </Button>
    </p>
  );
}
