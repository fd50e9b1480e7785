import { type PointerEvent, useRef } from "react";
import { headPx } from "../layout";
import type { Place } from "../remarks";
import { rowsBetween } from "../rows";
import type { ShownFile } from "./use-shown-files";

/** Which line the pointer is on. */
export function usePointedLine() {
  const pointed = useRef<Element | undefined>(undefined);
  const note = (event: PointerEvent) => {
    const line = event.target instanceof Element ? event.target.closest("[data-line]") : null;
    pointed.current = line ?? undefined;
  };
  return { note, read: () => (pointed.current?.isConnected ? placeOf(pointed.current) : undefined) };
}

function placeOf(element: Element): Place | undefined {
  const path = element.closest("[data-path]")?.getAttribute("data-path");
  const line = Number(element.getAttribute("data-line"));
  if (path == null || !element.matches(":hover") || !(line > 0)) return undefined;
  return { path, side: element.getAttribute("data-side") === "old" ? "old" : "new", line };
}

/** The first changed line of the file that is walked to, as far as it is in view; else the file. */
export function firstPlace(
  drawn: readonly ShownFile[],
  scrollTop: number,
  path: string | undefined,
): Place | undefined {
  const shown = drawn.find((entry) => entry.file.path === path);
  if (!shown || path === undefined) return undefined;
  const lines = shown.state?.lines;
  if (!lines || !shown.rows || shown.isFolded) return { path, side: "new", line: undefined };
  const into = Math.max(0, scrollTop - shown.top);
  const seen = shown.rows.lineFrom(rowsBetween(shown.rows.tops, into, into + headPx).first)?.line ?? 0;
  const changed = lines.kindOf.findIndex((kind, index) => kind !== 0 && index >= seen);
  if (changed === -1) return { path, side: "new", line: undefined };
  const newNo = lines.newNo[changed];
  return newNo ? { path, side: "new", line: newNo } : { path, side: "old", line: lines.oldNo[changed] };
}
