import { useMemo, useState } from "react";
import type { DiffFile } from "@/api/generated/types";
import type { FileState, FileStates } from "../diff-file-store";
import { foldsByItself, guessHeight, headPx, layOut } from "../layout";
import { type DiffReview, remarksByFile } from "../remarks";
import { type DiffMode, type FileRows, fileRows, type RowsInput } from "../rows";
import { codeWidth, columnPx, sidewaysPx } from "../sideways";
import type { FileUnfolds } from "./use-unfolds";

export type ShownFile = {
  file: DiffFile;
  top: number;
  height: number;
  isFolded: boolean;
  state: FileState | undefined;
  rows: FileRows | undefined;
  /** Whether lines are wider than their place. */
  overflows: boolean;
};

type Shown = {
  files: readonly DiffFile[];
  states: FileStates;
  mode: DiffMode;
  width: number;
  review: DiffReview;
  unfolds: ReadonlyMap<string, FileUnfolds>;
  heights: ReadonlyMap<string, number>;
};

const failedPx = 44;
const noHeights: ReadonlyMap<string, number> = new Map();
const noUnfolds: RowsInput["unfolds"] = new Map();

/** Every file with its place. */
export function useShownFiles({ files, states, mode, width, review, unfolds, heights }: Shown) {
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const remarks = useMemo(() => remarksByFile(review.remarks), [review.remarks]);
  const known = useMemo(
    () =>
      files.map((file) => {
        const state = states.get(file.path);
        const isFolded = folds.get(foldKey(file)) ?? foldsByItself(file);
        const own = remarks.get(file.path);
        const unfold = unfolds.get(file.path);
        const context = unfold?.lines === state?.lines ? unfold : undefined;
        const rows =
          state?.lines &&
          cachedRows({
            lines: state.lines,
            mode,
            remarks: own,
            heights: own || file.binary ? heights : noHeights,
            content: context?.content,
            unfolds: context?.gaps ?? noUnfolds,
          });
        const overflows = rows !== undefined && isWider(rows, mode, width);
        const height = bodyHeight(file, state, rows, overflows);
        return { file, state, rows, isFolded, overflows, height: isFolded ? 0 : height };
      }),
    [files, states, folds, mode, width, remarks, unfolds, heights],
  );
  const layout = useMemo(
    () => layOut(known.map(({ height, rows, isFolded }) => ({ height, rows: isFolded ? undefined : rows }))),
    [known],
  );
  const paths = useMemo(() => files.map((file) => file.path), [files]);
  const shownAt = (index: number): ShownFile | undefined => {
    const entry = known[index];
    return entry && { ...entry, top: layout.tops[index] ?? 0, height: headPx + entry.height };
  };
  const fold = (file: DiffFile, isFolded: boolean) => setFolds((old) => new Map([...old, [foldKey(file), isFolded]]));
  return { shownAt, layout, paths, fold };
}

/** A tick folds a file and taking it back unfolds it, whatever was chosen before. */
function foldKey(file: DiffFile): string {
  return `${file.is_viewed} ${file.path}`;
}

function bodyHeight(file: DiffFile, state: FileState | undefined, rows: FileRows | undefined, overflows: boolean) {
  if (rows) return (rows.tops.at(-1) ?? 0) + (overflows ? sidewaysPx : 0);
  return state?.error === undefined ? guessHeight(file) : failedPx;
}

/** Whether a file's lines are wider than the view. */
function isWider(rows: FileRows, mode: DiffMode, width: number): boolean {
  return rows.columns * columnPx > codeWidth(mode, width);
}

const cache = new WeakMap<RowsInput["lines"], { input: RowsInput; rows: FileRows }>();

/** Rows are made again only when something that they are made of has changed. */
function cachedRows(input: RowsInput): FileRows {
  const made = cache.get(input.lines);
  if (made && isSame(made.input, input)) return made.rows;
  const rows = fileRows(input);
  cache.set(input.lines, { input, rows });
  return rows;
}

function isSame(left: RowsInput, right: RowsInput): boolean {
  return (
    left.mode === right.mode &&
    left.remarks === right.remarks &&
    left.heights === right.heights &&
    left.content === right.content &&
    left.unfolds === right.unfolds
  );
}
