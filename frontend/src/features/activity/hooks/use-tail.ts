import {
  type KeyboardEvent,
  type RefObject,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type WheelEvent,
} from "react";
import type { Row } from "../model";

const nearPx = 40;
const earlierPx = 1200;
const upKeys = new Set(["ArrowUp", "PageUp", "Home"]);

type TailOptions = {
  /** What holds the list; the list itself is its first element. */
  box: RefObject<HTMLElement | null>;
  rows: readonly Row[];
  /** Changes whenever what is shown changes; the end is followed then. */
  revision: unknown;
  onNearStart: () => void;
};

/** Follows the end of the log until the user scrolls up, and counts what came since. */
export function useTail({ box, rows, revision, onNearStart }: TailOptions) {
  const [isFollowing, setIsFollowing] = useState(true);
  const [seenSeq, setSeenSeq] = useState(0);
  const follows = useRef(true);
  const lastOffset = useRef(0);
  const lastSeq = rows.at(-1)?.seq ?? 0;

  const leave = () => {
    if (!canScroll(box.current)) return;
    if (follows.current) setSeenSeq(lastSeq);
    follows.current = false;
    setIsFollowing(false);
  };
  const { isTouched, gestures } = useGestures(leave);
  const keepUp = () => {
    if (follows.current && !isTouched.current) toEnd(box.current);
  };
  useLayoutEffect(() => {
    if (follows.current && !isTouched.current) toEnd(box.current);
  }, [box, isTouched, revision]);
  // A log that does not fill its place cannot be scrolled, so nothing else would ask for what is before.
  useEffect(() => {
    if (!canScroll(box.current)) onNearStart();
  });

  const follow = () => {
    follows.current = true;
    setIsFollowing(true);
    toEnd(box.current);
  };
  const onScroll = (offset: number) => {
    const by = offset - lastOffset.current;
    lastOffset.current = offset;
    // Growth moves the end away, too; only a way up is the wish to stay, and only a way down is the wish to go on.
    if (by > 0 && isAtEnd(box.current)) {
      follows.current = true;
      setIsFollowing(true);
    } else if (by < -1 && !isAtEnd(box.current)) leave();
    if (offset < earlierPx) onNearStart();
  };
  const unseen = isFollowing ? 0 : countAfter(rows, seenSeq);
  return { isFollowing, unseen, onScroll, onResize: keepUp, follow, leave, gestures };
}

/** While text is written the end is sought many times a second: the wish to stay must count before its scroll comes. */
function useGestures(leave: () => void) {
  const isTouched = useRef(false);
  const gestures = {
    onWheel: (event: WheelEvent) => {
      if (event.deltaY < 0) leave();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (upKeys.has(event.key)) leave();
    },
    onTouchStart: () => {
      isTouched.current = true;
    },
    onTouchEnd: () => {
      isTouched.current = false;
    },
  };
  return { isTouched, gestures };
}

/**
 * Directly, not through the list's own way: that one goes on seeking its target while sizes are measured, and would
 * take the user's scroll back.
 */
function toEnd(box: HTMLElement | null): void {
  const list = box?.firstElementChild;
  list?.scrollTo({ top: list.scrollHeight });
}

function canScroll(box: HTMLElement | null): boolean {
  const list = box?.firstElementChild;
  return list != null && list.scrollHeight > list.clientHeight + nearPx;
}

function isAtEnd(box: HTMLElement | null): boolean {
  const list = box?.firstElementChild;
  return list != null && list.scrollTop + list.clientHeight >= list.scrollHeight - nearPx;
}

function countAfter(rows: readonly Row[], seq: number): number {
  const last = rows.findLastIndex((row) => row.seq <= seq);
  return rows.length - 1 - last;
}
