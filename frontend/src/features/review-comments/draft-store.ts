/**
 * What a reviewer has typed and not stored, by task: comments that are being written and the general feedback. It is
 * kept in this browser, so that neither another tab nor a reload loses a word.
 */
import { useSyncExternalStore } from "react";
import * as z from "zod/mini";
import type { CommentId, TaskId } from "@/api/generated/types";
import { readStoredJson, writeStoredJson } from "@/lib/storage";

const storedEditor = z.object({
  path: z.string(),
  side: z.enum(["old", "new"]),
  line: z.nullable(z.number()),
  body: z.string(),
  /** The draft that is changed; none for a new comment. */
  comment_id: z.nullable(z.string()),
});
const storedDraft = z.object({ feedback: z.string(), editors: z.record(z.string(), storedEditor) });

/** A comment that is being written. */
export type Editor = z.infer<typeof storedEditor>;
export type ReviewDraft = z.infer<typeof storedDraft>;

const empty: ReviewDraft = { feedback: "", editors: {} };
const drafts = new Map<TaskId, ReviewDraft>();
const listeners = new Set<() => void>();

/** What is typed about a task. */
export function readReviewDraft(taskId: TaskId): ReviewDraft {
  const known = drafts.get(taskId);
  if (known) return known;
  const draft = readStoredJson(keyOf(taskId), storedDraft) ?? empty;
  drafts.set(taskId, draft);
  return draft;
}

/** The same, as it changes. */
export function useReviewDraft(taskId: TaskId): ReviewDraft {
  return useSyncExternalStore(subscribe, () => readReviewDraft(taskId));
}

/** Changes the general feedback. */
export function writeFeedback(taskId: TaskId, feedback: string): void {
  put(taskId, { ...readReviewDraft(taskId), feedback });
}

let focused: string | undefined;

/** Opens an editor; it takes the focus once, when it is first shown. */
export function openEditor(taskId: TaskId, key: string, editor: Editor): void {
  focused = key;
  putEditor(taskId, key, editor);
}

/** Whether an editor was just opened. */
export function takeFocus(key: string): boolean {
  const isIt = focused === key;
  if (isIt) focused = undefined;
  return isIt;
}

/** Changes what is in an editor. */
export function putEditor(taskId: TaskId, key: string, editor: Editor): void {
  const draft = readReviewDraft(taskId);
  put(taskId, { ...draft, editors: { ...draft.editors, [key]: editor } });
}

/** Closes an editor. */
export function closeEditor(taskId: TaskId, key: string): void {
  const draft = readReviewDraft(taskId);
  const { [key]: _closed, ...editors } = draft.editors;
  put(taskId, { ...draft, editors });
}

/** Forgets everything: it was sent. */
export function clearReviewDraft(taskId: TaskId): void {
  put(taskId, empty);
}

/** The editor of a new comment at a place. */
export function newKey(place: Pick<Editor, "path" | "side" | "line">): string {
  return `new ${place.side} ${place.line ?? "file"} ${place.path}`;
}

/** The editor of a draft. */
export function editKey(id: CommentId): string {
  return `edit ${id}`;
}

function put(taskId: TaskId, draft: ReviewDraft): void {
  drafts.set(taskId, draft);
  const typed = Object.entries(draft.editors).filter(([, editor]) => editor.body.trim() !== "");
  const isBlank = draft.feedback.trim() === "" && typed.length === 0;
  writeStoredJson(keyOf(taskId), isBlank ? undefined : { ...draft, editors: Object.fromEntries(typed) });
  for (const listener of listeners) listener();
}

function keyOf(taskId: TaskId): string {
  return `review.${taskId}`;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
