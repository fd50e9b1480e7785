import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { finishAttempt, interruptAttempt } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import type { Attempt, Delivery } from "@/api/generated/types";
import { putMessage } from "@/api/message-list";
import { sendMessage } from "@/api/messages";
import { bodyBytesMax, formatBytes } from "../attachments";
import { changeDraft, clearDraft, type Draft, isEmptyDraft, useDraft } from "../draft-store";
import { type Reach, reachOf } from "../model";
import { useUploads } from "./use-uploads";

type Status =
  | { type: "idle" }
  | { type: "busy"; work: "send" | "stop" | "finish" }
  | { type: "failed"; message: string };

export type Composer = ReturnType<typeof useComposer>;

/** What is written to an attempt's agent, and what can be done with it. What fails keeps the text. */
export function useComposer(attempt: Attempt) {
  const client = useQueryClient();
  const draft = useDraft(attempt.id);
  const files = useUploads(attempt.id);
  const [status, setStatus] = useState<Status>({ type: "idle" });
  const reach: Reach = reachOf(attempt);
  const blocker = sendBlocker(draft, files.uploads.length > 0, status.type === "busy");

  const work = async (name: "send" | "stop" | "finish", failure: string, run: () => Promise<void>) => {
    if (status.type === "busy") return;
    setStatus({ type: "busy", work: name });
    try {
      await run();
      setStatus({ type: "idle" });
    } catch (error) {
      setStatus({ type: "failed", message: `${failure} ${errorMessage(error)}` });
    }
  };
  const send = (delivery: Delivery) => {
    if (blocker !== undefined || reach.type === "closed") return;
    void work("send", "The message was not sent.", async () => {
      const attachments = draft.attachments.map((attachment) => attachment.id);
      putMessage(client, await sendMessage(attempt.id, { body: draft.body.trim(), attachments, delivery }));
      clearDraft(attempt.id);
    });
  };
  const stop = () => {
    if (!attempt.allowed_actions.includes("interrupt")) return;
    void work("stop", "The turn was not stopped.", async () => void (await interruptAttempt(attempt.id)));
  };
  const finish = () =>
    void work("finish", "The work was not taken to Review.", async () => void (await finishAttempt(attempt.id)));
  return {
    attempt,
    reach,
    draft,
    files,
    status,
    blocker,
    send,
    stop,
    finish,
    write: (body: string) => changeDraft(attempt.id, (old) => ({ ...old, body })),
    append: (text: string) => changeDraft(attempt.id, (old) => ({ ...old, body: joined(old.body, text) })),
    detach: (id: string) =>
      changeDraft(attempt.id, (old) => ({ ...old, attachments: old.attachments.filter((other) => other.id !== id) })),
    dismiss: () => setStatus({ type: "idle" }),
  };
}

function sendBlocker(draft: Draft, isUploading: boolean, isBusy: boolean): string | undefined {
  if (isUploading) return "Wait until the files are uploaded";
  if (isEmptyDraft(draft)) return "Write something first";
  if (new TextEncoder().encode(draft.body).length > bodyBytesMax)
    return `A message has ${formatBytes(bodyBytesMax)} at most: attach longer texts as a file`;
  return isBusy ? "It is being sent" : undefined;
}

function joined(body: string, text: string): string {
  return body.trim() === "" ? text : `${body.trimEnd()}\n\n${text}`;
}
