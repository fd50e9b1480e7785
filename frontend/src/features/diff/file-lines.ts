/**
 * The lines of one file's diff, packed: a few arrays instead of an object for each line, so that 100,000 of them come
 * from a worker, are searched and laid out without holding up the page.
 */
import type { DiffFile, DiffFileHunks, DiffLineKind } from "@/api/generated/types";
import { pairLines } from "@/lib/line-pairs";

/** A hunk, and which lines of the file's diff are its. */
export type HunkSpan = {
  old_start: number;
  old_lines: number;
  new_start: number;
  new_lines: number;
  section: string;
  from: number;
  to: number;
};

export type FileLines = {
  file: DiffFile;
  notes: readonly string[];
  hunks: readonly HunkSpan[];
  /** Index into `kinds`. */
  kindOf: Uint8Array;
  /** 0 where a side has no such line. */
  oldNo: Int32Array;
  newNo: Int32Array;
  /** The line that it became or came from; −1 for none. */
  partner: Int32Array;
  /** All lines, with line ends between them. */
  text: string;
  /** Where each line ends in `text`. */
  ends: Uint32Array;
  /** Columns of the longest line. */
  columns: number;
  /** Where the next lines are, where these are not all. */
  nextOffset: number | undefined;
};

export const kinds = ["context", "added", "removed"] as const satisfies readonly DiffLineKind[];
const tabColumns = 4;
/** Longer lines are cut when they are shown. */
const columnsMax = 2300;

/** Packs what the server sent. */
export function packLines({ file, hunks, notes, next_offset }: DiffFileHunks): FileLines {
  const lines = hunks.flatMap((hunk) => hunk.lines);
  const partner = new Int32Array(lines.length).fill(-1);
  let from = 0;
  const spans = hunks.map(({ lines: own, ...hunk }): HunkSpan => {
    const start = from;
    for (const [left, right] of pairLines(own)) partner[start + left] = start + right;
    from += own.length;
    return { ...hunk, from: start, to: from };
  });
  const texts = lines.map((line) => line.text);
  return {
    file,
    notes,
    hunks: spans,
    kindOf: Uint8Array.from(lines, (line) => kinds.indexOf(line.kind)),
    oldNo: Int32Array.from(lines, (line) => line.old_no ?? 0),
    newNo: Int32Array.from(lines, (line) => line.new_no ?? 0),
    partner,
    ...packTexts(texts),
    nextOffset: next_offset ?? undefined,
  };
}

/** A whole file as lines that did not change, for the context between hunks. */
export function packContent(file: DiffFile, content: string): FileLines {
  const texts = content.split(/\r?\n/);
  if (texts.at(-1) === "") texts.pop();
  const count = texts.length;
  const numbers = Int32Array.from({ length: count }, (_, index) => index + 1);
  const numbersOf = { oldNo: numbers, newNo: numbers, partner: new Int32Array(count).fill(-1) };
  return {
    file,
    notes: [],
    hunks: [],
    kindOf: new Uint8Array(count),
    ...numbersOf,
    ...packTexts(texts),
    nextOffset: undefined,
  };
}

/** A page of a long file with the one that follows. A hunk that was cut between them is whole again. */
export function joinLines(page: FileLines, next: FileLines): FileLines {
  const count = page.ends.length;
  const shift = page.text.length + (count === 0 ? 0 : 1);
  const moved = next.hunks.map((hunk) => ({ ...hunk, from: hunk.from + count, to: hunk.to + count }));
  const [last, first] = [page.hunks.at(-1), moved[0]];
  const isCut = last !== undefined && first !== undefined && goesOn(page, next);
  const joined = isCut
    ? [...page.hunks.slice(0, -1), joinHunks(last, first), ...moved.slice(1)]
    : [...page.hunks, ...moved];
  return {
    ...page,
    notes: [...page.notes, ...next.notes.filter((note) => !page.notes.includes(note))],
    hunks: joined,
    kindOf: concat(new Uint8Array(count + next.kindOf.length), page.kindOf, next.kindOf),
    oldNo: concat(new Int32Array(count + next.oldNo.length), page.oldNo, next.oldNo),
    newNo: concat(new Int32Array(count + next.newNo.length), page.newNo, next.newNo),
    partner: concat(
      new Int32Array(count + next.partner.length),
      page.partner,
      next.partner.map((other) => (other === -1 ? -1 : other + count)),
    ),
    text: count === 0 ? next.text : `${page.text}\n${next.text}`,
    ends: concat(
      new Uint32Array(count + next.ends.length),
      page.ends,
      next.ends.map((end) => end + shift),
    ),
    columns: Math.max(page.columns, next.columns),
    nextOffset: next.nextOffset,
  };
}

/** Between two hunks there is at least one line that did not change: numbers that go on are of one hunk. */
function goesOn(page: FileLines, next: FileLines): boolean {
  const follows = (before: Int32Array, after: Int32Array) => (after[0] ?? 0) > 0 && after[0] === lastOf(before) + 1;
  return follows(page.newNo, next.newNo) || follows(page.oldNo, next.oldNo);
}

function lastOf(numbers: Int32Array): number {
  return numbers.findLast((number) => number > 0) ?? 0;
}

function joinHunks(left: HunkSpan, right: HunkSpan): HunkSpan {
  return {
    ...left,
    old_start: left.old_lines === 0 && right.old_lines > 0 ? right.old_start : left.old_start,
    new_start: left.new_lines === 0 && right.new_lines > 0 ? right.new_start : left.new_start,
    old_lines: left.old_lines + right.old_lines,
    new_lines: left.new_lines + right.new_lines,
    to: right.to,
  };
}

function concat<List extends Uint8Array | Int32Array | Uint32Array>(whole: List, left: List, right: List): List {
  whole.set(left, 0);
  whole.set(right, left.length);
  return whole;
}

function packTexts(texts: readonly string[]): Pick<FileLines, "text" | "ends" | "columns"> {
  const ends = new Uint32Array(texts.length);
  let end = -1;
  let columns = 0;
  for (const [index, text] of texts.entries()) {
    end += 1 + text.length;
    ends[index] = end;
    columns = Math.max(columns, lineColumns(text));
  }
  return { text: texts.join("\n"), ends, columns: Math.min(columns, columnsMax) };
}

/** The text of one line. */
export function lineText(lines: FileLines, index: number): string {
  return lines.text.slice(lineStart(lines, index), lines.ends[index]);
}

/** The line that holds a place of the text. */
export function lineAt({ ends }: FileLines, place: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const isBefore = (ends[middle] ?? 0) < place;
    if (isBefore) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a line begins in the text. */
export function lineStart({ ends }: FileLines, index: number): number {
  return index === 0 ? 0 : (ends[index - 1] ?? 0) + 1;
}

function lineColumns(text: string): number {
  return text.includes("\t") ? text.length + (text.split("\t").length - 1) * (tabColumns - 1) : text.length;
}
