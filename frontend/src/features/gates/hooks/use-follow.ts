import { type RefObject, useLayoutEffect, useRef } from "react";

const nearPx = 24;

/** Keeps the end of a box in view while its content grows, until somebody scrolls up. */
export function useFollow(box: RefObject<HTMLElement | null>, content: string): () => void {
  const isFollowing = useRef(true);
  useLayoutEffect(() => {
    const element = box.current;
    if (isFollowing.current) element?.scrollTo({ top: element.scrollHeight });
  }, [box, content]);
  return () => {
    const element = box.current;
    if (element) isFollowing.current = element.scrollTop + element.clientHeight >= element.scrollHeight - nearPx;
  };
}
