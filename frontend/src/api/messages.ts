import { queryOptions } from "@tanstack/react-query";
import { waitForFeed } from "./board-feed";
import { request } from "./client";
import type { AttemptId, Message, MessageId, PostMessage, SendMessage, TaskId, UpdateMessage } from "./generated/types";
import { message, pageOf } from "./schemas";

const messagePage = pageOf(message);

/** What was said to an attempt's agent, oldest first. The socket patches this list. */
export function attemptMessagesQuery(attemptId: AttemptId) {
  return queryOptions({
    queryKey: ["messages", "attempt", attemptId],
    queryFn: ({ signal }) => readMessages(`/api/attempts/${attemptId}/messages`, signal),
  });
}

/** A task's conversation, oldest first. The socket patches this list. */
export function taskMessagesQuery(taskId: TaskId) {
  return queryOptions({
    queryKey: ["messages", "task", taskId],
    queryFn: ({ signal }) => readMessages(`/api/tasks/${taskId}/messages`, signal),
  });
}

async function readMessages(path: string, signal: AbortSignal): Promise<readonly Message[]> {
  await waitForFeed();
  return (await request(path, messagePage, { signal })).items;
}

/** Says something to an attempt's agent; to an ended attempt it is a follow-up. */
export function sendMessage(attemptId: AttemptId, body: SendMessage): Promise<Message> {
  return request(`/api/attempts/${attemptId}/messages`, message, { method: "POST", body });
}

/** Says something in a task's conversation. */
export function postMessage(taskId: TaskId, body: PostMessage): Promise<Message> {
  return request(`/api/tasks/${taskId}/messages`, message, { method: "POST", body });
}

/** Changes a message's words or place; refused once the agent has taken it up. */
export function updateMessage(messageId: MessageId, body: UpdateMessage): Promise<Message> {
  return request(`/api/messages/${messageId}`, message, { method: "PATCH", body });
}

/** Takes a message back; refused once the agent has taken it up. */
export function withdrawMessage(messageId: MessageId): Promise<Message> {
  return request(`/api/messages/${messageId}`, message, { method: "DELETE" });
}
