import { type PointerEvent, type ReactNode, type RefObject, useImperativeHandle, useRef } from "react";
import type { DiffView } from "@/api/diff";
import type { DiffFile } from "@/api/generated/types";
import type { DiffFileStore, FileStates } from "../diff-file-store";
import type { Match } from "../find";
import { useDrawnFiles } from "../hooks/use-drawn-files";
import { LineScope } from "../hooks/use-line-scope";
import { usePaints } from "../hooks/use-paints";
import { firstPlace, usePointedLine } from "../hooks/use-pointed-line";
import { headPx, type Target } from "../layout";
import type { DiffReview, Place } from "../remarks";
import type { DiffMode } from "../rows";
import type { FileActs } from "./file-head";
import { FileSection } from "./file-section";

export type DiffScrollerHandle = {
  toFile: (path: string) => void;
  toTarget: (target: Target) => void;
  /** Begins a comment on the line under the pointer, else on the first one in view. */
  comment: () => void;
};

export type DiffScrollerProps = {
  handle: RefObject<DiffScrollerHandle | null>;
  view: DiffView;
  files: readonly DiffFile[];
  head: string;
  states: FileStates;
  store: DiffFileStore;
  mode: DiffMode;
  review: DiffReview;
  search: { query: string; match: Match | undefined };
  startFile: string | undefined;
  active: string | undefined;
  onActive: (path: string | undefined) => void;
  onViewed: ((file: DiffFile, isViewed: boolean) => void) | undefined;
};

/** All files below each other; only what is seen is drawn. */
export function DiffScroller(props: DiffScrollerProps) {
  const { handle, files, review, store, view, search } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const { drawn, range, layout, scroll, fold, unfold, onHeight } = useDrawnFiles(props, scroller);
  const paints = usePaints(drawn, range.from, range.to);
  const pointer = usePointedLine();
  const open = (path: string) => {
    const file = files.find((candidate) => candidate.path === path);
    if (file) fold(file, false);
  };
  // What is folded would hide where it is written.
  const begin = (place: Place | undefined) => {
    if (!place || !review.onComment) return;
    open(place.path);
    review.onComment(place);
  };
  useImperativeHandle(handle, () => ({
    toFile: scroll.toFile,
    toTarget: (target) => {
      open(target.path);
      scroll.toTarget(target);
    },
    comment: () => begin(pointer.read() ?? firstPlace(drawn, scroller.current?.scrollTop ?? 0, scroll.active)),
  }));
  const scope = { view, paints, query: search.query, match: search.match, review, onUnfold: unfold, onHeight };
  const acts: FileActs = {
    onFold: fold,
    onViewed: props.onViewed,
    onComment: review.onComment && (({ path }) => begin({ path, side: "new", line: undefined })),
  };
  return (
    <LineScope value={scope}>
      <ScrollBox height={layout.tops.at(-1) ?? 0} onPointer={pointer.note} onScroll={scroll.look} scroller={scroller}>
        {drawn.map((shown) => (
          <FileSection
            acts={acts}
            from={range.from - shown.top - headPx}
            isActive={shown.file.path === props.active}
            key={shown.file.path}
            mode={props.mode}
            onRetry={store.retry}
            shown={shown}
            to={range.to - shown.top - headPx}
          />
        ))}
      </ScrollBox>
    </LineScope>
  );
}

type ScrollBoxProps = {
  scroller: RefObject<HTMLDivElement | null>;
  height: number;
  onScroll: () => void;
  onPointer: (event: PointerEvent) => void;
  children: ReactNode;
};

function ScrollBox({ scroller, height, onScroll, onPointer, children }: ScrollBoxProps) {
  return (
    <div
      aria-label="Changes"
      className="relative min-w-0 flex-1 overflow-y-auto bg-panel outline-none [overflow-anchor:none] in-data-full:bg-panel-full"
      onPointerOver={onPointer}
      onScroll={onScroll}
      ref={scroller}
      role="region"
      // What scrolls must be reachable by the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <div className="relative" style={{ height: `${height}px` }}>
        {children}
      </div>
    </div>
  );
}
