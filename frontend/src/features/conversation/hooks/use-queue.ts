import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ApiError, errorMessage } from "@/api/errors";
import type { AttemptId, Message, MessageId } from "@/api/generated/types";
import { putMessage } from "@/api/message-list";
import { attemptMessagesQuery, updateMessage, withdrawMessage } from "@/api/messages";
import { waitingMessages } from "../model";

/** The text that is edited stands here, not in its row: the row goes when the agent reads the message. */
export type Editing = { message: Message; body: string; isTooLate: boolean };
export type Queue = ReturnType<typeof useQueue>;

/** What was said and not read yet, and how it is changed. */
export function useQueue(attemptId: AttemptId) {
  const messages = useQuery(attemptMessagesQuery(attemptId));
  const waiting = waitingMessages(messages.data ?? []);
  const [editing, setEditing] = useState<Editing>();
  const [edited, setEdited] = useState<MessageId>();
  const { problem, moved, change } = useQueueChanges(attemptId);
  const stopEditing = () => {
    setEdited(editing?.message.id);
    setEditing(undefined);
  };
  const save = async (message: Message, body: string) => {
    const result = await change(() => updateMessage(message.id, { body }));
    if (result === "changed") stopEditing();
    if (result === "too_late") setEditing({ message, body, isTooLate: true });
  };
  const move = (message: Message, position: number) =>
    void change(() => updateMessage(message.id, { position }), `moved to place ${position + 1}`);
  return {
    waiting,
    problem: messages.isError ? `The messages could not be read. ${errorMessage(messages.error)}` : problem,
    moved,
    editing,
    edit: (message: Message) => setEditing({ message, body: message.body, isTooLate: false }),
    write: (body: string) => setEditing((old) => old && { ...old, body }),
    /** The message whose editor was closed last: the focus goes back to its row. */
    edited,
    stopEditing,
    save: (message: Message, body: string) => void save(message, body),
    move,
    remove: (message: Message) => void change(() => withdrawMessage(message.id)),
  };
}

type ChangeResult = "changed" | "too_late" | "failed";

/** Carries out a change of a waiting message. One that comes too late says so, and the list is read again. */
function useQueueChanges(attemptId: AttemptId) {
  const client = useQueryClient();
  const [problem, setProblem] = useState<string>();
  const [moved, setMoved] = useState("");
  const change = async (run: () => Promise<Message>, told = ""): Promise<ChangeResult> => {
    setProblem(undefined);
    try {
      putMessage(client, await run());
      setMoved(told);
      return "changed";
    } catch (error) {
      void client.invalidateQueries({ queryKey: attemptMessagesQuery(attemptId).queryKey });
      const isTooLate = error instanceof ApiError && error.code === "conflict";
      setProblem(isTooLate ? `Too late. ${errorMessage(error)}` : errorMessage(error));
      return isTooLate ? "too_late" : "failed";
    }
  };
  return { problem, moved, change };
}
