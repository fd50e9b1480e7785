import { type RefObject, useEffect, useState } from "react";
import type { DiffScrollerProps } from "../components/diff-scroller";
import { filesBetween } from "../layout";
import { useBox } from "./use-box";
import { useFileScroll } from "./use-file-scroll";
import { type ShownFile, useShownFiles } from "./use-shown-files";
import { useUnfolds } from "./use-unfolds";

type Given = Pick<
  DiffScrollerProps,
  "files" | "states" | "store" | "head" | "mode" | "review" | "view" | "startFile" | "onActive"
>;

/** The files in view, with those near them read ahead. */
export function useDrawnFiles(given: Given, scroller: RefObject<HTMLDivElement | null>) {
  const { onActive } = given;
  const box = useBox(scroller);
  const [heights, setHeights] = useState<ReadonlyMap<string, number>>(new Map());
  const { unfolds, unfold } = useUnfolds(given.view);
  const { shownAt, layout, paths, fold } = useShownFiles({ ...given, width: box.width, unfolds, heights });
  const scroll = useFileScroll(scroller, layout, paths, given.startFile);
  const range = { from: scroll.view.from, to: scroll.view.to + box.height };
  const between = (from: number, to: number) => {
    const { first, end } = filesBetween(layout, from, to);
    return Array.from({ length: end - first }, (_, index) => shownAt(first + index)).filter(
      (file) => file !== undefined,
    );
  };
  useWanted(between(range.from - box.height, range.to + box.height), given);
  useEffect(() => onActive(scroll.active), [onActive, scroll.active]);
  const onHeight = (key: string, height: number) =>
    setHeights((old) => (old.get(key) === height ? old : new Map([...old, [key, height]])));
  return { drawn: between(range.from, range.to), range, layout, scroll, fold, unfold, onHeight };
}

/** Has the files near the view read. */
function useWanted(near: readonly ShownFile[], { store, head }: Given): void {
  const wanted = near
    .filter((entry) => !entry.isFolded)
    .map((entry) => entry.file.path)
    .join("\n");
  useEffect(() => {
    if (wanted !== "") store.want(wanted.split("\n"), head);
  }, [store, wanted, head]);
}
