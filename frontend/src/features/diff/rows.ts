/** The rows of one file's diff, unified or split, each of a known height, so that only what is seen needs to be drawn. */
import type { DiffFileHunks, DiffHunk, DiffLine } from "@/api/generated/types";
import { pairLines } from "@/lib/line-pairs";

export type DiffMode = "unified" | "split";
/** A line with the one that it became or came from, for the marks of changed words. */
export type Side = { line: DiffLine; partner: DiffLine | undefined };
export type DiffRow =
  | { type: "note"; text: string }
  | { type: "hunk"; text: string }
  | { type: "line"; side: Side }
  | { type: "pair"; left: Side | undefined; right: Side | undefined };

export type FileRows = {
  rows: readonly DiffRow[];
  /** Where each row begins; one more than there are rows, the last is the height of all. */
  tops: Uint32Array;
  /** Columns of the longest line. */
  columns: number;
};

const heights: Record<DiffRow["type"], number> = { note: 28, hunk: 24, line: 20, pair: 20 };
const tabColumns = 4;
/** Longer lines are cut when they are shown. */
const columnsMax = 2100;

/** The rows of a file. */
export function fileRows(hunks: DiffFileHunks, mode: DiffMode, hidesWhitespace: boolean): FileRows {
  const notes = notesOf(hunks).map((text): DiffRow => ({ type: "note", text }));
  const rows = [...notes, ...hunks.hunks.flatMap((hunk) => hunkRows(hunk, mode, hidesWhitespace))];
  return { rows, tops: topsOf(rows), columns: columnsOf(hunks) };
}

/** What there is to know besides the lines. */
export function notesOf({ file, hunks, notes }: DiffFileHunks): string[] {
  const own = file.binary ? ["Binary file: its content is not shown."] : [];
  const large = file.too_large ? ["Too large to be shown here. Open it in the worktree."] : [];
  const isBare = hunks.length === 0 && !file.binary && !file.too_large && notes.length === 0;
  return [...notes, ...own, ...large, ...(isBare ? [bareNote(file.status)] : [])];
}

function bareNote(status: DiffFileHunks["file"]["status"]): string {
  switch (status) {
    case "added":
      return "New, empty file.";
    case "deleted":
      return "Empty file, deleted.";
    case "renamed":
      return "Moved without a change of its content.";
    case "copied":
      return "Copied without a change of its content.";
    case "modified":
    case "type_changed":
      return "No line changed.";
  }
}

/** The rows that lie at least partly between two heights, as indices. */
export function rowsBetween(tops: Uint32Array, from: number, to: number): { first: number; end: number } {
  const count = tops.length - 1;
  return { first: Math.max(0, firstAfter(tops, from) - 1), end: Math.min(count, firstAfter(tops, Math.max(from, to))) };
}

/** How many entries are not above `value`. */
export function firstAfter(tops: Uint32Array, value: number): number {
  let low = 0;
  let high = tops.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBelow = (tops[middle] ?? 0) > value;
    if (isBelow) high = middle;
    else low = middle + 1;
  }
  return low;
}

function hunkRows(hunk: DiffHunk, mode: DiffMode, hidesWhitespace: boolean): DiffRow[] {
  const lines = hidesWhitespace ? withoutSpaces(hunk.lines) : hunk.lines;
  const head: DiffRow = { type: "hunk", text: hunkTitle(hunk) };
  return [head, ...(mode === "unified" ? unifiedRows(lines) : splitRows(lines))];
}

/** `@@ −1,10 +1,17 @@ export function f`. */
export function hunkTitle(hunk: DiffHunk): string {
  const range = `@@ −${hunk.old_start},${hunk.old_lines} +${hunk.new_start},${hunk.new_lines} @@`;
  return hunk.section === "" ? range : `${range} ${hunk.section}`;
}

function sidesOf(lines: readonly DiffLine[]): Side[] {
  const partners = pairLines(lines);
  return lines.map((line, index) => ({ line, partner: lines[partners.get(index) ?? -1] }));
}

function unifiedRows(lines: readonly DiffLine[]): DiffRow[] {
  return sidesOf(lines).map((side) => ({ type: "line", side }));
}

function splitRows(lines: readonly DiffLine[]): DiffRow[] {
  const partners = pairLines(lines);
  const sides = sidesOf(lines);
  return sides.flatMap((side, index): DiffRow[] => {
    const partner = sides[partners.get(index) ?? -1];
    switch (side.line.kind) {
      case "context":
        return [{ type: "pair", left: side, right: side }];
      case "removed":
        return [{ type: "pair", left: side, right: partner }];
      case "added":
        // One that became of a removed line stands beside it already.
        return partner ? [] : [{ type: "pair", left: undefined, right: side }];
    }
  });
}

/** Changes of white space alone become context. */
export function withoutSpaces(lines: readonly DiffLine[]): readonly DiffLine[] {
  const partners = pairLines(lines);
  const bare = (text: string) => text.replaceAll(/\s+/g, "");
  return lines.flatMap((line, index): DiffLine[] => {
    const partner = lines[partners.get(index) ?? -1];
    if (partner === undefined || bare(partner.text) !== bare(line.text)) return [line];
    return line.kind === "removed"
      ? []
      : [{ kind: "context", old_no: partner.old_no, new_no: line.new_no, text: line.text }];
  });
}

function topsOf(rows: readonly DiffRow[]): Uint32Array {
  const tops = new Uint32Array(rows.length + 1);
  for (const [index, row] of rows.entries()) tops[index + 1] = (tops[index] ?? 0) + heights[row.type];
  return tops;
}

function columnsOf({ hunks }: DiffFileHunks): number {
  let columns = 0;
  for (const hunk of hunks) {
    for (const { text } of hunk.lines) columns = Math.max(columns, lineColumns(text));
  }
  return Math.min(columns, columnsMax);
}

function lineColumns(text: string): number {
  return text.includes("\t") ? text.length + (text.split("\t").length - 1) * (tabColumns - 1) : text.length;
}
