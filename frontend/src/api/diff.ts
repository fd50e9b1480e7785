/** The diff of an attempt: its files, the lines of one, and the bytes of either side. */
import { queryOptions } from "@tanstack/react-query";
import { request, requestPart } from "./client";
import type { AttemptDiff, AttemptId, DiffScope, DiffSide } from "./generated/types";
import { attemptDiff } from "./schemas";

/** What is compared, and of what state. Everything that is asked of one view of the diff is asked with the same. */
export type DiffView = {
  attemptId: AttemptId;
  scope: DiffScope;
  hidesWhitespace: boolean;
  /** Two checkpoints instead of a scope. */
  between?: { from: number; to: number } | undefined;
};

/** The files of a view. `revision` is whatever tells that they may have changed again. */
export function diffQuery(view: DiffView, revision: string) {
  const { attemptId, scope, hidesWhitespace, between } = view;
  return queryOptions({
    queryKey: ["diff", attemptId, scope, hidesWhitespace, between ?? null, revision],
    queryFn: ({ signal }): Promise<AttemptDiff> =>
      request(`/api/attempts/${attemptId}/diff?${searchOf(view)}`, attemptDiff, { signal }),
  });
}

/** The bytes of one page of a file's hunks as they came: who reads them may do so away from the page's thread. */
export function readDiffFile(view: DiffView, path: string, offset: number, signal: AbortSignal): Promise<Uint8Array> {
  const from = offset === 0 ? "" : `&offset=${offset}`;
  const file = `path=${encodeURIComponent(path)}&${searchOf(view)}${from}`;
  return readBytes(`/api/attempts/${view.attemptId}/diff/file?${file}`, signal);
}

/** The whole content of a file on one side. */
export function readDiffContent(
  view: DiffView,
  path: string,
  side: DiffSide,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const place = `path=${encodeURIComponent(path)}&side=${side}`;
  return readBytes(`/api/attempts/${view.attemptId}/diff/content?${place}&${changesOf(view)}`, signal);
}

async function readBytes(path: string, signal: AbortSignal): Promise<Uint8Array> {
  return (await requestPart(path, undefined, signal))?.bytes ?? new Uint8Array();
}

function searchOf(view: DiffView): string {
  return view.hidesWhitespace ? `${changesOf(view)}&whitespace=hide` : changesOf(view);
}

function changesOf({ scope, between }: DiffView): string {
  return between ? `from=${between.from}&to=${between.to}` : `scope=${scope}`;
}
