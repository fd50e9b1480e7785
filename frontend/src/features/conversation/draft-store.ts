/**
 * What was typed and not sent, by attempt. It lives outside the page's tree, because a file may be uploaded while
 * another tab is shown, and is kept in this browser, so that a reload loses nothing.
 */
import { useSyncExternalStore } from "react";
import * as z from "zod/mini";
import type { Attachment, AttemptId } from "@/api/generated/types";
import { attachment } from "@/api/schemas";
import { readStoredJson, writeStoredJson } from "@/lib/storage";

export type Draft = { body: string; attachments: readonly Attachment[] };

const storedDraft = z.object({ body: z.string(), attachments: z.array(attachment) });
const empty: Draft = { body: "", attachments: [] };
const drafts = new Map<AttemptId, Draft>();
const listeners = new Set<() => void>();

/** What is written to an attempt's agent and not sent. */
export function readDraft(attemptId: AttemptId): Draft {
  const known = drafts.get(attemptId);
  if (known) return known;
  const draft = readStoredJson(keyOf(attemptId), storedDraft) ?? empty;
  drafts.set(attemptId, draft);
  return draft;
}

/** Changes a draft; an empty one is forgotten. */
export function changeDraft(attemptId: AttemptId, change: (draft: Draft) => Draft): void {
  const draft = change(readDraft(attemptId));
  drafts.set(attemptId, draft);
  writeStoredJson(keyOf(attemptId), isEmptyDraft(draft) ? undefined : draft);
  for (const listener of listeners) listener();
}

/** Drops a draft once it is sent. */
export function clearDraft(attemptId: AttemptId): void {
  changeDraft(attemptId, () => empty);
}

/** Whether there is nothing to send or to keep. */
export function isEmptyDraft(draft: Draft): boolean {
  return draft.body.trim() === "" && draft.attachments.length === 0;
}

/** The draft of an attempt, as it changes. */
export function useDraft(attemptId: AttemptId): Draft {
  return useSyncExternalStore(subscribe, () => readDraft(attemptId));
}

function keyOf(attemptId: AttemptId): string {
  return `draft.${attemptId}`;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
