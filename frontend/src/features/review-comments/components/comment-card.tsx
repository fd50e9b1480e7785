import type { Comment } from "@/api/generated/types";
import { When } from "@/components/elapsed";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Chip } from "@/components/ui/chip";
import { editKey, openEditor } from "../draft-store";
import type { CommentActs } from "../hooks/use-comments";
import { placeWords } from "../model";

type CommentCardProps = {
  comment: Comment;
  acts: CommentActs;
  /** Whether it has its own button to send it. */
  hasSend: boolean;
  /** Shows what answered it; none where that cannot be shown alone. */
  onAnswer: (() => void) | undefined;
};

const stateWords: Record<Comment["state"], string> = { draft: "not sent", sent: "sent", answered: "answered" };

/** One comment: where it stands, what it says, and what became of it. */
export function CommentCard({ comment, acts, hasSend, onAnswer }: CommentCardProps) {
  return (
    <article aria-label={`Comment on ${placeWords(comment)}`} className="px-3 pt-1.5 pb-2">
      <header className="flex min-h-6 flex-wrap items-center gap-x-2 text-xs text-faint-foreground">
        <span className="text-sm font-[550] text-foreground">You</span>
        <Chip>{stateWords[comment.state]}</Chip>
        {comment.is_outdated ? <Chip title="The code that it is about is gone or changed.">outdated</Chip> : null}
        <span>{placeWords(comment)}</span>
        {comment.state === "draft" ? null : <When at={comment.updated_at} />}
        <span className="flex-1" />
        {comment.state === "draft" ? <DraftButtons acts={acts} comment={comment} hasSend={hasSend} /> : null}
      </header>
      {comment.is_outdated && comment.line_text !== null ? <OldLine text={comment.line_text} /> : null}
      <div className="text-sm">
        <Markdown text={comment.body} />
      </div>
      {comment.answered_commit === null ? null : <Answer commit={comment.answered_commit} onAnswer={onAnswer} />}
    </article>
  );
}

function DraftButtons({ comment, acts, hasSend }: Omit<CommentCardProps, "onAnswer">) {
  const isBusy = acts.isBusy(comment.id);
  const edit = () =>
    openEditor(comment.task_id, editKey(comment.id), {
      path: comment.path,
      side: comment.side,
      line: comment.line,
      body: comment.body,
      comment_id: comment.id,
    });
  return (
    <span className="flex">
      {hasSend ? (
        <Button disabled={isBusy} onClick={() => void acts.send(comment)} size="sm" variant="ghost">
          Send this one now
        </Button>
      ) : null}
      <Button onClick={edit} size="sm" variant="ghost">
        Edit
      </Button>
      <Button disabled={isBusy} onClick={() => void acts.remove(comment)} size="sm" variant="ghost">
        Delete
      </Button>
    </span>
  );
}

/** The line as it was when the comment was written. */
function OldLine({ text }: { text: string }) {
  return (
    <code className="my-1 block truncate rounded-sm bg-inset px-2 py-0.5 text-muted-foreground" title="as it was">
      <PlainText text={text.trim()} />
    </code>
  );
}

type AnswerProps = { commit: string; onAnswer: (() => void) | undefined };

function Answer({ commit, onAnswer }: AnswerProps) {
  const id = <code title={commit}>{commit.slice(0, 7)}</code>;
  return (
    <p className="mt-1 text-xs text-muted-foreground">
      answered in {id}
      {onAnswer ? (
        <>
          {" · "}
          <button className="text-link hover:underline max-md:min-h-11" onClick={onAnswer} type="button">
            show what changed since
          </button>
        </>
      ) : null}
    </p>
  );
}
