import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { VListHandle } from "virtua";
import type { Row } from "../model";

const nearPx = 40;
const earlierPx = 1200;

type TailOptions = {
  list: RefObject<VListHandle | null>;
  rows: readonly Row[];
  /** Changes whenever what is shown changes; the end is followed then. */
  revision: unknown;
  itemCount: number;
  onNearStart: () => void;
};

/** Follows the end of the log until the user scrolls up, and counts what came since. */
export function useTail({ list, rows, revision, itemCount, onNearStart }: TailOptions) {
  const [isFollowing, setIsFollowing] = useState(true);
  const [seenSeq, setSeenSeq] = useState(0);
  const follows = useRef(true);
  const lastOffset = useRef(0);
  const lastSeq = rows.at(-1)?.seq ?? 0;

  const toEnd = () => list.current?.scrollToIndex(itemCount - 1, { align: "end" });
  useLayoutEffect(() => {
    if (follows.current && itemCount > 0) list.current?.scrollToIndex(itemCount - 1, { align: "end" });
  }, [list, revision, itemCount]);
  // A log that does not fill its place cannot be scrolled, so nothing else would ask for what is before.
  useEffect(() => {
    const handle = list.current;
    if (handle && handle.scrollSize <= handle.viewportSize + nearPx) onNearStart();
  });

  const resume = () => {
    follows.current = true;
    setIsFollowing(true);
  };
  const leave = () => {
    if (follows.current) setSeenSeq(lastSeq);
    follows.current = false;
    setIsFollowing(false);
  };
  const onScroll = (offset: number) => {
    const handle = list.current;
    if (!handle) return;
    const isUpwards = offset < lastOffset.current - 1;
    lastOffset.current = offset;
    const isAtEnd = offset + handle.viewportSize >= handle.scrollSize - nearPx;
    // Growth moves the end away too; only a way up is the user's wish to stay.
    if (isAtEnd) resume();
    else if (isUpwards) leave();
    if (offset < earlierPx) onNearStart();
  };
  const follow = () => {
    resume();
    toEnd();
  };
  const unseen = isFollowing ? 0 : countAfter(rows, seenSeq);
  return { isFollowing, unseen, onScroll, follow, leave };
}

function countAfter(rows: readonly Row[], seq: number): number {
  const last = rows.findLastIndex((row) => row.seq <= seq);
  return rows.length - 1 - last;
}
