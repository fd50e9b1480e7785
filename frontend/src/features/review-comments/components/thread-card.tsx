import type { Attempt, Comment } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { editKey, useReviewDraft } from "../draft-store";
import type { CommentActs } from "../hooks/use-comments";
import type { Thread } from "../model";
import type { Place } from "../use-review";
import { CommentCard } from "./comment-card";
import { CommentEditor } from "./comment-editor";

type ThreadCardProps = {
  thread: Thread;
  attempt: Attempt;
  acts: CommentActs;
  onAnswer: () => void;
  onReply: (place: Place) => void;
};

/** What was said about one place, with room for more. */
export function ThreadCard({ thread, attempt, acts, onAnswer, onReply }: ThreadCardProps) {
  const { editors } = useReviewDraft(attempt.task_id);
  const { comments, editor } = thread;
  const only = onlyDraft(comments);
  return (
    <div className="divide-y overflow-hidden rounded-md border border-border-strong bg-card font-sans whitespace-normal">
      {comments.map((comment) => {
        const editing = editors[editKey(comment.id)];
        return editing ? (
          <CommentEditor
            acts={acts}
            editor={editing}
            editorKey={editKey(comment.id)}
            key={comment.id}
            taskId={attempt.task_id}
          />
        ) : (
          <CommentCard
            acts={acts}
            comment={comment}
            hasSend={comment.state === "draft" && only === undefined}
            key={comment.id}
            onAnswer={comment.sent_attempt_id === attempt.id ? onAnswer : undefined}
          />
        );
      })}
      {editor ? (
        <CommentEditor
          acts={acts}
          editor={editor.editor}
          editorKey={editor.key}
          key={editor.key}
          taskId={attempt.task_id}
        />
      ) : (
        <ThreadFoot acts={acts} only={only} onReply={() => onReply(thread)} />
      )}
    </div>
  );
}

/** The draft that the thread's foot sends; several have their own buttons. */
function onlyDraft(comments: readonly Comment[]): Comment | undefined {
  const drafts = comments.filter((comment) => comment.state === "draft");
  return drafts.length === 1 ? drafts[0] : undefined;
}

type ThreadFootProps = { only: Comment | undefined; acts: CommentActs; onReply: () => void };

function ThreadFoot({ only, acts, onReply }: ThreadFootProps) {
  return (
    <div className="flex items-center gap-2 py-1.5 pr-1.5 pl-1">
      <button
        className="h-6 flex-1 rounded-sm px-2 text-left text-sm text-faint-foreground hover:text-foreground max-md:h-11"
        onClick={onReply}
        type="button"
      >
        Reply
      </button>
      {only ? (
        <Button disabled={acts.isBusy(only.id)} onClick={() => void acts.send(only)} size="sm">
          Send this one now
        </Button>
      ) : null}
    </div>
  );
}
