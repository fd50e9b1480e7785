import type { AttemptId, Message } from "@/api/generated/types";
import { type Editing, type Queue, useQueue } from "../hooks/use-queue";
import { MessageEditor } from "./message-editor";
import { MessageRow } from "./message-row";

type MessageQueueProps = {
  attemptId: AttemptId;
  /** Puts a text that came too late for its message into the box below. */
  onReuse: (text: string) => void;
};

/** What was said and not read yet, above the box: it can still be changed, moved and taken back. */
export function MessageQueue({ attemptId, onReuse }: MessageQueueProps) {
  const queue = useQueue(attemptId);
  const { waiting, editing, problem } = queue;
  // A message that was taken while it is edited leaves the queue; its editor stays, with the text.
  const isGone = editing !== undefined && !waiting.some((message) => message.id === editing.message.id);
  if (waiting.length === 0 && editing === undefined && problem === undefined) return null;
  return (
    <div className="mb-1.5">
      <ol aria-label="Messages that wait" className="flex max-h-40 flex-col gap-0.5 overflow-y-auto max-md:max-h-32">
        {isGone ? <QueueEditor editing={{ ...editing, isTooLate: true }} onReuse={onReuse} queue={queue} /> : null}
        {waiting.map((message, index) => (
          <QueueEntry index={index} key={message.id} message={message} onReuse={onReuse} queue={queue} />
        ))}
      </ol>
      {problem ? (
        <p className="py-1 text-xs text-state-failed" role="alert">
          {problem}
        </p>
      ) : null}
      <p className="sr-only" role="status">
        {queue.moved}
      </p>
    </div>
  );
}

type QueueEntryProps = { queue: Queue; message: Message; index: number; onReuse: (text: string) => void };

function QueueEntry({ queue, message, index, onReuse }: QueueEntryProps) {
  const { editing } = queue;
  if (editing?.message.id === message.id) return <QueueEditor editing={editing} onReuse={onReuse} queue={queue} />;
  return (
    <MessageRow
      count={queue.waiting.length}
      hasFocus={queue.edited === message.id}
      index={index}
      message={message}
      onEdit={() => queue.edit(message)}
      onMove={(position) => queue.move(message, position)}
      onRemove={() => queue.remove(message)}
    />
  );
}

type QueueEditorProps = { queue: Queue; editing: Editing; onReuse: (text: string) => void };

function QueueEditor({ queue, editing, onReuse }: QueueEditorProps) {
  const reuse = () => {
    onReuse(editing.body);
    queue.stopEditing();
  };
  return (
    <li>
      <MessageEditor
        editing={editing}
        onCancel={queue.stopEditing}
        onReuse={reuse}
        onSave={() => queue.save(editing.message, editing.body.trim())}
        onWrite={queue.write}
      />
    </li>
  );
}
