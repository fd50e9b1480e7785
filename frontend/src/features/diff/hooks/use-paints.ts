import { useEffect, useState, useSyncExternalStore } from "react";
import { headPx } from "../layout";
import { type Paints, PaintStore } from "../paint-store";
import { type Line, rowsBetween } from "../rows";
import type { ShownFile } from "./use-shown-files";

/** The paint of the lines in view, asked for as they come. */
export function usePaints(drawn: readonly ShownFile[], from: number, to: number): Paints {
  const [store] = useState(() => new PaintStore());
  useEffect(() => {
    for (const shown of drawn) wantPaint(store, shown, from, to);
  });
  return useSyncExternalStore(store.subscribe, store.read);
}

function wantPaint(store: PaintStore, { rows, state, isFolded, top }: ShownFile, from: number, to: number): void {
  if (!rows || !state?.lines || isFolded) return;
  const into = top + headPx;
  const { first, end } = rowsBetween(rows.tops, from - into, to - into);
  for (let index = first; index < end; index += 1) {
    const row = rows.at(index);
    if (row.type === "line") wantLine(store, row.line);
    if (row.type === "pair") wantLine(store, row.left);
    if (row.type === "pair") wantLine(store, row.right);
  }
}

function wantLine(store: PaintStore, line: Line | undefined): void {
  if (line) store.want(line.source, line.index);
}
