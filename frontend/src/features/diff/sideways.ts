/** Measures of code that is wider than its place. */
import type { DiffMode } from "./rows";

/** Width of a character of the code font. */
export const columnPx = 7.22;
/** Height of the bar that moves the lines. */
export const sidewaysPx = 12;
export const unifiedGutterPx = 108;
export const splitGutterPx = 64;

/** How wide the code of one side may be. */
export function codeWidth(mode: DiffMode, width: number): number {
  return mode === "split" ? width / 2 - splitGutterPx : width - unifiedGutterPx;
}
