/** The rows of one file's diff, unified or split, each of a known height, so that only what is seen needs to be drawn. */
import type { DiffFile, DiffLineKind, DiffSide } from "@/api/generated/types";
import { type FileLines, kinds, lineText } from "./file-lines";
import { type Gap, gapsOf, shownOf, type Unfold } from "./gaps";
import { isImage } from "./images";

export type DiffMode = "unified" | "split";

/** A line of a file's diff, or of its content. */
export type Line = {
  source: FileLines;
  index: number;
  kind: DiffLineKind;
  oldNo: number | undefined;
  newNo: number | undefined;
};

/** Lines that a hunk's header can bring to light. */
export type HiddenLines = { gap: number; count: number | undefined; canHead: boolean; canTail: boolean };

export type DiffRow =
  | { type: "note"; text: string }
  | { type: "hunk"; text: string; hidden: HiddenLines | undefined }
  | { type: "line"; line: Line }
  | { type: "pair"; left: Line | undefined; right: Line | undefined }
  | { type: "remark"; key: string; side: DiffSide | undefined }
  | { type: "images" };

/** What stands in a file that is no line of it, as the comments; by the line that it is about. */
export type Remarks = {
  head: readonly string[];
  old: ReadonlyMap<number, readonly string[]>;
  new: ReadonlyMap<number, readonly string[]>;
};

export type RowsInput = {
  lines: FileLines;
  mode: DiffMode;
  remarks: Remarks | undefined;
  /** Heights of what is no line, as they were measured. */
  heights: ReadonlyMap<string, number>;
  /** The file's whole content, once it was asked for, and what of it is shown. */
  content: FileLines | undefined;
  unfolds: ReadonlyMap<number, Unfold>;
};

export type FileRows = {
  count: number;
  /** Where each row begins; one more than there are rows, the last is the height of all. */
  tops: Uint32Array;
  /** Columns of the longest line. */
  columns: number;
  at: (index: number) => DiffRow;
  /** The row that shows a line of the diff; −1 for none. */
  rowOf: (line: number) => number;
  /** The row of a remark; −1 for none. */
  rowOfRemark: (key: string) => number;
  /** The first line of the diff that stands at a row or after it, and its row. */
  lineFrom: (row: number) => { line: number; row: number } | undefined;
};

const note = 0;
const hunk = 1;
const single = 2;
const pair = 3;
const context = 4;
const remark = 5;
const images = 6;

const heights = [28, 24, 20, 20, 20] as const;
/** Until it is measured. */
const guessedPx = 132;
export const imagesPx = 220;
/** Follows the file's path in the key of its pictures' height. */
export const imagesKey = "images";
const noRemarks: Remarks = { head: [], old: new Map(), new: new Map() };

/** The rows of a file. */
export function fileRows(input: RowsInput): FileRows {
  const builder = new RowBuilder(input);
  builder.addBody();
  builder.addHead();
  return builder.finish();
}

class RowBuilder {
  readonly #input: RowsInput;
  readonly #gaps: readonly (Gap | undefined)[];
  readonly #remarks: Remarks;
  readonly #notes: readonly string[];
  readonly #keys: string[] = [];
  readonly #placed = new Set<string>();
  #types: number[] = [];
  #lefts: number[] = [];
  #rights: number[] = [];

  constructor(input: RowsInput) {
    this.#input = input;
    this.#gaps = gapsOf(input.lines, input.content?.ends.length);
    this.#remarks = input.remarks ?? noRemarks;
    this.#notes = notesOf(input.lines);
  }

  addBody(): void {
    const { lines } = this.#input;
    for (const [index, { from, to }] of lines.hunks.entries()) {
      this.#addGap(index, true);
      if (this.#input.mode === "split") this.#addPairs(from, to);
      else this.#addLines(from, to);
    }
    if (this.#gaps.at(-1)) this.#addGap(lines.hunks.length, false);
  }

  /** What stands before the lines; what is about a line that is not shown stands there, too. */
  addHead(): void {
    const body = [this.#types, this.#lefts, this.#rights] as const;
    [this.#types, this.#lefts, this.#rights] = [[], [], []];
    const { old, new: now, head } = this.#remarks;
    const loose = [...old.values(), ...now.values()].flat().filter((key) => !this.#placed.has(key));
    for (const key of [...head, ...loose]) this.#addRemark(key, -1);
    for (const index of this.#notes.keys()) this.#add(note, index, 0);
    if (isImage(this.#input.lines.file)) this.#add(images, 0, 0);
    this.#types = this.#types.concat(body[0]);
    this.#lefts = this.#lefts.concat(body[1]);
    this.#rights = this.#rights.concat(body[2]);
  }

  #add(type: number, left: number, right: number): void {
    this.#types.push(type);
    this.#lefts.push(left);
    this.#rights.push(right);
  }

  #addGap(index: number, hasHeader: boolean): void {
    const gap = this.#gaps[index];
    if (!gap) {
      if (hasHeader) this.#add(hunk, index, 0);
      return;
    }
    const { head, tail, hidden } = shownOf(gap, this.#input.unfolds.get(index));
    this.#addContext(gap, 0, head);
    if (hidden !== 0) this.#add(hunk, index, 1);
    if (gap.count !== undefined) this.#addContext(gap, gap.count - tail, gap.count);
  }

  #addContext(gap: Gap, from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const newNo = gap.first + at;
      this.#add(context, newNo - 1, gap.oldOffset);
      this.#addRemarksAt(newNo + gap.oldOffset, newNo);
    }
  }

  #addLines(from: number, to: number): void {
    const { oldNo, newNo } = this.#input.lines;
    for (let index = from; index < to; index += 1) {
      this.#add(single, index, -1);
      this.#addRemarksAt(oldNo[index] ?? 0, newNo[index] ?? 0);
    }
  }

  #addPairs(from: number, to: number): void {
    const { kindOf, partner } = this.#input.lines;
    for (let index = from; index < to; index += 1) {
      const other = partner[index] ?? -1;
      const kind = kindOf[index];
      // An added line that became of a removed one stands beside it already.
      if (kind === 0) this.#addPair(index, index);
      else if (kind === 2) this.#addPair(index, other);
      else if (other === -1) this.#addPair(-1, index);
    }
  }

  #addPair(left: number, right: number): void {
    const { oldNo, newNo } = this.#input.lines;
    this.#add(pair, left, right);
    this.#addRemarksAt(left === -1 ? 0 : (oldNo[left] ?? 0), right === -1 ? 0 : (newNo[right] ?? 0));
  }

  #addRemarksAt(oldNo: number, newNo: number): void {
    if (this.#input.remarks === undefined) return;
    for (const key of this.#remarks.old.get(oldNo) ?? []) this.#addRemark(key, 0);
    for (const key of this.#remarks.new.get(newNo) ?? []) this.#addRemark(key, 1);
  }

  #addRemark(key: string, side: number): void {
    this.#placed.add(key);
    this.#add(remark, this.#keys.push(key) - 1, side);
  }

  finish(): FileRows {
    const { lines, content } = this.#input;
    const [types, lefts, rights] = [this.#types, this.#lefts, this.#rights];
    // A row that is the same object is not drawn again.
    const made = new Map<number, DiffRow>();
    const showsLine = (row: number, line: number) =>
      (types[row] === single || types[row] === pair) && (lefts[row] === line || rights[row] === line);
    return {
      count: types.length,
      tops: this.#tops(),
      columns: Math.max(lines.columns, content?.columns ?? 0),
      at: (index) => {
        const row = made.get(index) ?? this.#rowAt(types[index] ?? note, lefts[index] ?? 0, rights[index] ?? 0);
        made.set(index, row);
        return row;
      },
      rowOf: (line) => types.findIndex((_, row) => showsLine(row, line)),
      rowOfRemark: (key) => types.findIndex((type, row) => type === remark && this.#keys[lefts[row] ?? -1] === key),
      lineFrom: (row) => {
        let at = row;
        while (at < types.length && types[at] !== single && types[at] !== pair) at += 1;
        const line = lefts[at] === -1 ? rights[at] : lefts[at];
        return line === undefined ? undefined : { line, row: at };
      },
    };
  }

  #tops(): Uint32Array {
    const tops = new Uint32Array(this.#types.length + 1);
    let top = 0;
    for (const [index, type] of this.#types.entries()) {
      top += heights[type] ?? this.#measured(type, this.#lefts[index] ?? 0);
      tops[index + 1] = top;
    }
    return tops;
  }

  #measured(type: number, key: number): number {
    const { heights: measured, lines } = this.#input;
    if (type === images) return measured.get(`${lines.file.path} ${imagesKey}`) ?? imagesPx;
    return measured.get(this.#keys[key] ?? "") ?? guessedPx;
  }

  #rowAt(type: number, left: number, right: number): DiffRow {
    const { lines, mode } = this.#input;
    switch (type) {
      case note:
        return { type: "note", text: this.#notes[left] ?? "" };
      case hunk:
        return {
          type: "hunk",
          text: hunkTitle(lines.hunks[left]),
          hidden: right === 1 ? this.#hiddenAt(left) : undefined,
        };
      case single:
        return { type: "line", line: lineOf(lines, left) };
      case pair:
        return { type: "pair", left: sideOf(lines, left), right: sideOf(lines, right) };
      case context:
        return contextRow(this.#input.content ?? lines, left, right, mode);
      case images:
        return { type: "images" };
      default:
        return {
          type: "remark",
          key: this.#keys[left] ?? "",
          side: right === -1 ? undefined : right === 0 ? "old" : "new",
        };
    }
  }

  #hiddenAt(index: number): HiddenLines | undefined {
    const gap = this.#gaps[index];
    if (!gap) return undefined;
    const { hidden } = shownOf(gap, this.#input.unfolds.get(index));
    const isLast = index === this.#input.lines.hunks.length;
    return { gap: index, count: hidden, canHead: index > 0, canTail: !isLast };
  }
}

function lineOf(source: FileLines, index: number): Line {
  const kind = kinds[source.kindOf[index] ?? 0] ?? "context";
  return { source, index, kind, oldNo: source.oldNo[index] || undefined, newNo: source.newNo[index] || undefined };
}

function sideOf(source: FileLines, index: number): Line | undefined {
  return index === -1 ? undefined : lineOf(source, index);
}

function contextRow(content: FileLines, index: number, oldOffset: number, mode: DiffMode): DiffRow {
  const line = { ...lineOf(content, index), oldNo: index + 1 + oldOffset };
  return mode === "split" ? { type: "pair", left: line, right: line } : { type: "line", line };
}

/** A line's text. */
export function textOf({ source, index }: Line): string {
  return lineText(source, index);
}

/** What there is to know besides the lines. */
export function notesOf({ file, hunks, notes }: FileLines): string[] {
  const own = file.binary && !isImage(file) ? ["Binary file: its content is not shown."] : [];
  const large = file.too_large ? ["Too large to be shown here. Open it in the worktree."] : [];
  const isBare = hunks.length === 0 && !file.binary && !file.too_large && notes.length === 0;
  return [...notes, ...own, ...large, ...(isBare ? [bareNote(file)] : [])];
}

function bareNote({ status, old_mode, new_mode }: DiffFile): string {
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
      return old_mode === new_mode ? "No line changed." : "Only its mode changed.";
  }
}

/** `@@ −1,10 +1,17 @@ export function f`; nothing after the last hunk. */
function hunkTitle(span: FileLines["hunks"][number] | undefined): string {
  if (!span) return "";
  const range = `@@ −${span.old_start},${span.old_lines} +${span.new_start},${span.new_lines} @@`;
  return span.section === "" ? range : `${range} ${span.section}`;
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
