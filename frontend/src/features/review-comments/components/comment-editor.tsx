import { type KeyboardEvent, useEffect, useRef } from "react";
import type { TaskId } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { closeEditor, type Editor, putEditor, takeFocus } from "../draft-store";
import type { CommentActs } from "../hooks/use-comments";
import { placeWords } from "../model";

type CommentEditorProps = { editorKey: string; editor: Editor; taskId: TaskId; acts: CommentActs };

/** Where a comment is written. Each letter is kept at once; storing it makes it a draft that goes with the rest. */
export function CommentEditor({ editorKey, editor, taskId, acts }: CommentEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (takeFocus(editorKey)) field.current?.focus();
  }, [editorKey]);
  const isEmpty = editor.body.trim() === "";
  const isBusy = acts.isBusy(editorKey);
  const where = placeWords({ ...editor, current_line: null });
  const close = () => closeEditor(taskId, editorKey);
  const save = () => {
    if (!isEmpty && !isBusy) void acts.save(editorKey, editor);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) {
      event.preventDefault();
      save();
    }
    if (event.key === "Escape" && isEmpty) close();
  };
  return (
    <div className="flex flex-col gap-2 p-2">
      <Textarea
        aria-label={`Comment on ${where}`}
        className="min-h-16"
        onChange={(event) => putEditor(taskId, editorKey, { ...editor, body: event.target.value })}
        onKeyDown={onKeyDown}
        ref={field}
        placeholder={`What about ${where}?`}
        value={editor.body}
      />
      <div className="flex items-center justify-end gap-2">
        <span className="min-w-0 flex-1 truncate text-xs text-faint-foreground">{where}</span>
        <Button onClick={close} size="sm" variant="ghost">
          Cancel
        </Button>
        <Button
          disabled={isEmpty || isBusy}
          onClick={save}
          size="sm"
          title={isEmpty ? "Write something first" : undefined}
        >
          {editor.comment_id === null ? "Add comment" : "Save"}
          <Kbd>⌘↵</Kbd>
        </Button>
      </div>
    </div>
  );
}
