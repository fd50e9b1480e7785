/** What lies between the hunks of a file: lines that did not change, and can be unfolded. */
import type { FileLines, HunkSpan } from "./file-lines";

/** Lines that did not change: from a line of the new side, and how far the old side's numbers are off. */
export type Gap = { first: number; count: number | undefined; oldOffset: number };
/** How many lines of a gap are shown after the hunk before it, and before the hunk that follows. */
export type Unfold = { head: number; tail: number };

export const unfoldStep = 20;
const contextLines = 3;
const whole: ReadonlySet<string> = new Set(["added", "deleted"]);

/** The gap before each hunk, and the one after the last; `count` is unknown there until the content is. */
export function gapsOf(lines: FileLines, contentLines: number | undefined): readonly (Gap | undefined)[] {
  const { file, hunks } = lines;
  if (hunks.length === 0 || whole.has(file.status) || file.is_submodule) return [];
  const inner = hunks.map((hunk, index) => innerGap(hunks[index - 1], hunk));
  const last = hunks.at(-1);
  return [...inner, last && endGap(lines, last, contentLines)];
}

function innerGap(before: HunkSpan | undefined, hunk: HunkSpan): Gap | undefined {
  const first = before ? newEnd(before) : 1;
  const next = hunk.new_lines === 0 ? hunk.new_start + 1 : hunk.new_start;
  const oldNext = hunk.old_lines === 0 ? hunk.old_start + 1 : hunk.old_start;
  return next > first ? { first, count: next - first, oldOffset: oldNext - next } : undefined;
}

function endGap(lines: FileLines, last: HunkSpan, contentLines: number | undefined): Gap | undefined {
  const first = newEnd(last);
  const oldOffset = oldEnd(last) - first;
  if (contentLines !== undefined) {
    return contentLines >= first ? { first, count: contentLines - first + 1, oldOffset } : undefined;
  }
  return trailingContext(lines, last) < contextLines ? undefined : { first, count: undefined, oldOffset };
}

/** Fewer unchanged lines at a hunk's end than usual mean that the file ends there. */
function trailingContext({ kindOf }: FileLines, { from, to }: HunkSpan): number {
  let at = to;
  while (at > from && kindOf[at - 1] === 0) at -= 1;
  return to - at;
}

function newEnd(hunk: HunkSpan): number {
  return hunk.new_start + Math.max(1, hunk.new_lines);
}

function oldEnd(hunk: HunkSpan): number {
  return hunk.old_start + Math.max(1, hunk.old_lines);
}

/** What of a gap is shown at its two ends; all of it where they meet. */
export function shownOf(
  gap: Gap,
  unfold: Unfold | undefined,
): { head: number; tail: number; hidden: number | undefined } {
  const { head, tail } = unfold ?? { head: 0, tail: 0 };
  if (gap.count === undefined) return { head: 0, tail: 0, hidden: undefined };
  if (head + tail >= gap.count) return { head: gap.count, tail: 0, hidden: 0 };
  return { head, tail, hidden: gap.count - head - tail };
}
