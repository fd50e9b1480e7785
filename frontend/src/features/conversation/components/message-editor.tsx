import type { KeyboardEvent } from "react";
import { Button } from "@/components/ui/button";
import { Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import type { Editing } from "../hooks/use-queue";

type MessageEditorProps = {
  editing: Editing;
  onWrite: (body: string) => void;
  onSave: () => void;
  onReuse: () => void;
  onCancel: () => void;
};

/** Changes a message that waits. Its text stays until it is saved, used otherwise, or given up. */
export function MessageEditor({ editing, onWrite, onSave, onReuse, onCancel }: MessageEditorProps) {
  const { message, body, isTooLate } = editing;
  const isEmpty = body.trim() === "" && message.attachments.length === 0;
  const save = () => {
    if (isEmpty) return;
    if (isTooLate) onReuse();
    else onSave();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) save();
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onCancel();
  };
  return (
    <div className="flex flex-col gap-1.5 py-1">
      <Textarea
        aria-label="Waiting message"
        // The editor appears because the user asked for it.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        className="max-h-28 min-h-9 resize-none"
        onChange={(event) => onWrite(event.target.value)}
        onKeyDown={onKeyDown}
        value={body}
      />
      <div className="flex items-center gap-2 text-xs text-muted-foreground">
        <span className="flex-1">{isTooLate ? "The agent has read it meanwhile; your text is kept here" : ""}</span>
        <Button onClick={onCancel} size="sm" variant="ghost">
          {isTooLate ? "Drop the text" : "Cancel"}
        </Button>
        <Button disabled={isEmpty} onClick={save} size="sm" title={isEmpty ? "Write something first" : undefined}>
          {isTooLate ? "Use as a new message" : "Save message"}
          <Kbd>⌘↵</Kbd>
        </Button>
      </div>
    </div>
  );
}
