import { ChevronUp } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt, RetryAttempt } from "@/api/generated/types";
import { requestChanges, retryAttempt } from "@/api/review";
import { Button } from "@/components/ui/button";
import {
  DropdownMenu,
  DropdownMenuChoice,
  DropdownMenuContent,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Textarea } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { formatCount } from "@/lib/format";
import { useKeys } from "@/lib/use-keys";
import { clearReviewDraft, closeEditor, useReviewDraft, writeFeedback } from "../draft-store";
import { storeEditor } from "../hooks/use-comments";
import { type Unsent, whyNoChanges } from "../model";

type ReviewFootProps = {
  attempt: Attempt;
  unsent: Unsent;
  onDiscard: () => void;
  onNext: (attempt: Attempt) => void;
};

type Sending = { type: "idle" } | { type: "running" } | { type: "failed"; message: string };

/** Below the diff: the other decision, with all that is missing. The merge stands at the top. */
export function ReviewFoot(props: ReviewFootProps) {
  const { attempt, unsent } = props;
  const review = useSending(props);
  const canRetry = attempt.allowed_actions.includes("retry_fresh");
  const refusal = whyNoChanges(attempt);
  if (refusal !== undefined && !canRetry && unsent.count === 0) return null;
  return (
    <section
      aria-label="Request changes"
      className="flex min-h-13 shrink-0 flex-wrap items-center gap-x-3 gap-y-2 border-t border-border-strong bg-popover px-4 py-2 max-md:pb-[max(8px,env(safe-area-inset-bottom))]"
    >
      <Standing refusal={refusal} review={review} unsent={unsent} />
      <FeedbackField review={review} taskId={attempt.task_id} />
      <div className="flex items-center gap-2 max-md:w-full">
        {attempt.allowed_actions.includes("discard") ? (
          <Button className="h-8 max-md:px-2" onClick={props.onDiscard} variant="ghost">
            Discard
          </Button>
        ) : null}
        <span className="flex min-w-0 max-md:flex-1">
          <Button
            className="h-8 min-w-0 shrink rounded-r-none max-md:flex-1 max-md:px-2 max-md:text-sm"
            disabled={review.why !== undefined}
            onClick={() => review.request()}
            title={review.why}
          >
            <span className="truncate">
              {unsent.count === 0 ? "Request changes" : `Request changes with ${formatCount(unsent.count, "comment")}`}
            </span>
            <Kbd>⌘↵</Kbd>
          </Button>
          <MoreWays canRetry={canRetry} review={review} />
        </span>
      </div>
    </section>
  );
}

type Review = ReturnType<typeof useSending>;

/** Sends what was said, once; what was typed stays until the server has it. */
function useSending({ attempt, unsent, onNext }: ReviewFootProps) {
  const { feedback } = useReviewDraft(attempt.task_id);
  const [sending, setSending] = useState<Sending>({ type: "idle" });
  const isEmpty = unsent.count === 0 && feedback.trim() === "";
  const empty = isEmpty ? "Write a comment or say what is missing." : undefined;
  const busy = sending.type === "running" ? "It is being sent." : undefined;
  const why = whyNoChanges(attempt) ?? empty ?? busy;
  const run = (work: (body: RetryAttempt) => Promise<Attempt>) => {
    setSending({ type: "running" });
    storeTyped(attempt, unsent)
      .then((comment_ids) => work({ feedback: feedback.trim(), comment_ids }))
      .then(
        (next) => {
          setSending({ type: "idle" });
          clearReviewDraft(attempt.task_id);
          onNext(next);
        },
        (error: unknown) => setSending({ type: "failed", message: errorMessage(error) }),
      );
  };
  const request = () => {
    if (why === undefined) run((body) => requestChanges(attempt.id, { ...body, comments: [] }));
  };
  const retry = () => run((body) => retryAttempt(attempt.id, body));
  useKeys({ "$mod+Enter": request });
  return { feedback, sending, why, busy, request, retry };
}

/** Makes drafts of what is typed, and says which drafts there are. Whatever fails after that, they are kept. */
async function storeTyped(attempt: Attempt, { drafts, typed }: Unsent): Promise<string[]> {
  const ids = drafts.map((comment) => comment.id);
  for (const [key, editor] of typed) {
    const stored = await storeEditor(attempt.id, editor);
    closeEditor(attempt.task_id, key);
    if (!ids.includes(stored.id)) ids.push(stored.id);
  }
  return ids;
}

/** What waits to be sent, or why nothing can be. */
function Standing({ unsent, review, refusal }: { unsent: Unsent; review: Review; refusal: string | undefined }) {
  if (review.sending.type === "failed") {
    return (
      <p className="w-full text-xs text-state-failed" role="alert">
        {review.sending.message}
      </p>
    );
  }
  if (refusal !== undefined) return <p className="text-xs text-muted-foreground">{refusal}</p>;
  if (unsent.count === 0) return <p className="text-xs text-muted-foreground max-md:hidden">No comments to send</p>;
  return (
    <p className="text-sm font-[550] whitespace-nowrap max-md:hidden">
      {formatCount(unsent.count, "comment")} not sent
    </p>
  );
}

function FeedbackField({ review, taskId }: { review: Review; taskId: string }) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.metaKey || event.ctrlKey)) return;
    event.preventDefault();
    review.request();
  };
  return (
    <Textarea
      aria-label="General feedback"
      className="max-h-40 min-h-8 min-w-60 flex-1 resize-none bg-background max-md:min-h-11 max-md:w-full max-md:py-2.5"
      onChange={(event) => writeFeedback(taskId, event.target.value)}
      onKeyDown={onKeyDown}
      placeholder="General feedback (optional)"
      rows={1}
      value={review.feedback}
    />
  );
}

/** The other way on with the same feedback. */
function MoreWays({ review, canRetry }: { review: Review; canRetry: boolean }) {
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button aria-label="More ways to go on" className="-ml-px h-8 w-7 rounded-l-none px-0 max-md:h-11 max-md:w-11">
          <Icon as={ChevronUp} />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent className="w-80" side="top">
        <DropdownMenuChoice
          disabled={!canRetry || review.busy !== undefined}
          label="Retry fresh"
          note={
            canRetry
              ? "A new attempt from the base on a new branch. What you wrote stands in its prompt."
              : "This attempt cannot be tried again now."
          }
          onSelect={review.retry}
        />
      </DropdownMenuContent>
    </DropdownMenu>
  );
}
