import { type ClipboardEvent, type DragEvent, type KeyboardEvent, useRef, useState } from "react";
import { useKeys } from "@/lib/use-keys";
import { cn } from "@/lib/cn";
import type { Composer } from "../hooks/use-composer";
import { useStopKey } from "../hooks/use-stop-key";
import { isEmptyDraft } from "../draft-store";
import { actionsOf, type SendAction } from "../actions";
import { AttachmentChips } from "./attachment-chips";
import { BoxFoot, SendIcon } from "./box-foot";

/** Where a message is written: text, files, and the buttons that say what happens with it. */
export function MessageBox({ composer }: { composer: Composer }) {
  const { attempt, draft, files, reach } = composer;
  const drop = useDrop(files.add);
  const stopKey = useStopKey(attempt.allowed_actions.includes("interrupt") ? composer.stop : undefined);
  const actions = actionsOf(reach);
  return (
    <div
      className={cn(
        "group/box relative rounded-md border border-border-strong bg-card p-2 focus-within:border-ring focus-within:outline-1 focus-within:outline-ring max-md:py-0",
        drop.isOver && "border-ring outline-1 outline-ring",
      )}
      data-filled={!isEmptyDraft(draft) || files.uploads.length > 0 || undefined}
      {...drop.handlers}
    >
      <div className="flex items-end gap-1">
        <WriteArea
          composer={composer}
          onKeyDown={(event) => onBoxKey(event, actions, composer, stopKey.press)}
          placeholder={drop.isOver ? "Drop to attach" : "Message the agent"}
        />
        <SendIcon actions={actions} composer={composer} />
      </div>
      <div className="px-1 pt-1 empty:hidden">
        <AttachmentChips attachments={draft.attachments} onRemove={composer.detach} uploads={files.uploads} />
      </div>
      <BoxFoot actions={actions} composer={composer} isStopArmed={stopKey.isArmed} />
    </div>
  );
}

type WriteAreaProps = {
  composer: Composer;
  placeholder: string;
  onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void;
};

function WriteArea({ composer, placeholder, onKeyDown }: WriteAreaProps) {
  const { draft, files, status } = composer;
  const area = useRef<HTMLTextAreaElement>(null);
  useKeys({
    m: (event) => {
      event.preventDefault();
      area.current?.focus();
    },
  });
  const onPaste = (event: ClipboardEvent) => {
    const pasted = [...event.clipboardData.files];
    if (pasted.length === 0) return;
    event.preventDefault();
    files.add(pasted);
  };
  return (
    <textarea
      aria-label="Message"
      className="field-sizing-content max-h-50 min-h-5 min-w-0 flex-1 resize-none bg-transparent px-1 text-sm outline-none max-md:max-h-36 max-md:min-h-11 max-md:py-3 max-md:text-base"
      data-box
      onChange={(event) => composer.write(event.target.value)}
      onKeyDown={onKeyDown}
      onPaste={onPaste}
      placeholder={placeholder}
      readOnly={status.type === "busy" && status.work === "send"}
      ref={area}
      rows={Math.min(8, draft.body.split("\n").length)}
      title="Enter makes a new line. Ctrl or ⌘ Enter sends."
      value={draft.body}
    />
  );
}

/** Enter alone makes a new line, as everywhere where text is written; a chord sends. */
function onBoxKey(
  event: KeyboardEvent<HTMLTextAreaElement>,
  actions: readonly SendAction[],
  composer: Composer,
  pressStop: () => void,
): void {
  if (event.nativeEvent.isComposing) return;
  if (event.key === "Escape") {
    event.preventDefault();
    if (composer.attempt.allowed_actions.includes("interrupt")) return pressStop();
    return event.currentTarget.blur();
  }
  if (event.key !== "Enter") return;
  const chord = event.metaKey || event.ctrlKey ? "mod" : event.altKey ? "alt" : undefined;
  if (chord === undefined) return;
  event.preventDefault();
  const action = actions.find((candidate) => candidate.chord === chord) ?? actions.at(-1);
  if (action) composer.send(action.delivery);
}

/** Files dropped on the box. */
function useDrop(onFiles: (files: readonly File[]) => void) {
  const [isOver, setIsOver] = useState(false);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes("Files");
  const handlers = {
    onDragOver: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setIsOver(true);
    },
    onDragLeave: () => setIsOver(false),
    onDrop: (event: DragEvent) => {
      setIsOver(false);
      if (!hasFiles(event)) return;
      event.preventDefault();
      onFiles([...event.dataTransfer.files]);
    },
  };
  return { isOver, handlers };
}
