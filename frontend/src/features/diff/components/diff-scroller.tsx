import { type RefObject, useEffect, useImperativeHandle, useMemo, useRef, useState } from "react";
import type { DiffFile, DiffFileHunks } from "@/api/generated/types";
import type { DiffFileStore, FileStates } from "../diff-file-store";
import { useBox } from "../hooks/use-box";
import type { useDiffChoices } from "../hooks/use-diff-choices";
import { useFileKeys } from "../hooks/use-file-keys";
import { useFileScroll } from "../hooks/use-file-scroll";
import { filesBetween, foldsByItself, guessHeight, headPx, layOut } from "../layout";
import { type DiffMode, type FileRows, fileRows } from "../rows";
import { FileSection, type ShownFile } from "./file-section";
import { codeWidth, columnPx, sidewaysPx } from "./sideways-lines";

export type DiffScrollerHandle = { toFile: (path: string) => void };

type DiffScrollerProps = {
  handle: RefObject<DiffScrollerHandle | null>;
  files: readonly DiffFile[];
  head: string;
  states: FileStates;
  store: DiffFileStore;
  choices: ReturnType<typeof useDiffChoices>;
  startFile: string | undefined;
  onActive: (path: string | undefined) => void;
  onFile: (path: string) => void;
};

const failedPx = 44;

/** All files below each other; only what is seen is drawn. */
export function DiffScroller(props: DiffScrollerProps) {
  const { handle, head, store, onActive, onFile } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const box = useBox(scroller);
  const { shown, layout, paths, fold } = useShownFiles(props, box.width);
  const scroll = useFileScroll(scroller, layout, paths, props.startFile);
  const near = filesBetween(layout, scroll.view.from - box.height, scroll.view.to + box.height * 2);
  const wanted = shown.slice(near.first, near.end).filter((entry) => !entry.isFolded);
  const wantedKey = wanted.map((entry) => entry.file.path).join("\n");
  useEffect(() => {
    if (wantedKey !== "") store.want(wantedKey.split("\n"), head);
  }, [store, wantedKey, head]);
  useEffect(() => onActive(scroll.active), [onActive, scroll.active]);
  useImperativeHandle(handle, () => ({ toFile: scroll.toFile }));
  useFileKeys((by) => {
    const next = paths[Math.max(0, paths.indexOf(scroll.active ?? "") + by)];
    if (next === undefined) return;
    scroll.toFile(next);
    onFile(next);
  });
  const drawn = filesBetween(layout, scroll.view.from, scroll.view.to + box.height);
  return (
    <div
      aria-label="Changes"
      className="relative min-w-0 flex-1 overflow-y-auto bg-panel outline-none [overflow-anchor:none] in-data-full:bg-panel-full"
      onScroll={scroll.look}
      ref={scroller}
      role="region"
      // What scrolls must be reachable by the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <div className="relative" style={{ height: `${layout.tops.at(-1)}px` }}>
        {shown.slice(drawn.first, drawn.end).map((entry) => (
          <FileSection
            from={scroll.view.from - entry.top - headPx}
            key={entry.file.path}
            mode={props.choices.mode}
            onFold={() => fold(entry)}
            onRetry={() => store.retry(entry.file.path)}
            shown={entry}
            to={scroll.view.to + box.height - entry.top - headPx}
          />
        ))}
      </div>
    </div>
  );
}

/** Every file with its place. */
function useShownFiles({ files, states, choices }: DiffScrollerProps, width: number) {
  const [folds, setFolds] = useState<ReadonlyMap<string, boolean>>(new Map());
  const { mode, hidesWhitespace } = choices;
  const known = useMemo(
    () =>
      files.map((file) => {
        const state = states.get(file.path);
        const rows = state?.hunks && cachedRows(state.hunks, mode, hidesWhitespace);
        const isFolded = folds.get(file.path) ?? foldsByItself(file);
        const overflows = rows !== undefined && isWider(rows, mode, width);
        const known = rows && (rows.tops.at(-1) ?? 0) + (overflows ? sidewaysPx : 0);
        const body = known ?? (state?.error === undefined ? guessHeight(file) : failedPx);
        return { file, state, rows, isFolded, overflows, body: isFolded ? 0 : body };
      }),
    [files, states, folds, mode, hidesWhitespace, width],
  );
  const layout = useMemo(() => layOut(known.map((entry) => entry.body)), [known]);
  const paths = useMemo(() => files.map((file) => file.path), [files]);
  const shown = known.map((entry, index): ShownFile => ({
    ...entry,
    top: layout.tops[index] ?? 0,
    height: headPx + entry.body,
  }));
  const fold = (entry: ShownFile) => setFolds((old) => new Map([...old, [entry.file.path, !entry.isFolded]]));
  return { shown, layout, paths, fold };
}

/** Whether a file's lines are wider than the view. */
function isWider(rows: FileRows, mode: DiffMode, width: number): boolean {
  return rows.columns * columnPx > codeWidth(mode, width);
}

const cache = new WeakMap<DiffFileHunks, Map<string, FileRows>>();

/** Rows are made once for each way to show them. */
function cachedRows(hunks: DiffFileHunks, mode: DiffMode, hidesWhitespace: boolean): FileRows {
  const made = cache.get(hunks) ?? new Map<string, FileRows>();
  cache.set(hunks, made);
  const key = `${mode} ${hidesWhitespace}`;
  const rows = made.get(key) ?? fileRows(hunks, mode, hidesWhitespace);
  made.set(key, rows);
  return rows;
}
