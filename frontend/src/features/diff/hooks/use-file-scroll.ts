import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import { type Anchor, anchorAt, filesBetween, type Layout, placeOf } from "../layout";

const stepPx = 400;

/** Where the view stands among the files. It keeps what it shows when files above it grow or shrink. */
export function useFileScroll(
  scroller: RefObject<HTMLElement | null>,
  layout: Layout,
  paths: readonly string[],
  startFile: string | undefined,
) {
  const anchor = useRef<Anchor | undefined>(
    startFile === undefined ? undefined : { path: startFile, into: 0, height: 0 },
  );
  const [windowTop, setWindowTop] = useState(0);
  // A file near the end cannot stand at the top; the scroll that a jump causes must not take it back.
  const hasJumped = useRef(false);
  const [passed, setPassed] = useState(startFile);

  const look = () => {
    const scrollTop = scroller.current?.scrollTop ?? 0;
    anchor.current = anchorAt(layout, paths, scrollTop);
    setWindowTop(Math.floor(scrollTop / stepPx) * stepPx);
    if (!hasJumped.current) setPassed(paths[filesBetween(layout, scrollTop + 1, scrollTop + 1).first]);
    hasJumped.current = false;
  };
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const place = anchor.current && placeOf(layout, paths, anchor.current);
    // The scroll that follows tells where the view stands now.
    if (place !== undefined && Math.abs(place - element.scrollTop) > 0.5) element.scrollTo({ top: place });
    anchor.current = anchorAt(layout, paths, element.scrollTop);
  }, [scroller, layout, paths]);

  const toFile = (path: string) => {
    const index = paths.indexOf(path);
    if (index === -1) return;
    anchor.current = { path, into: 0, height: 0 };
    setPassed(path);
    const before = scroller.current?.scrollTop;
    scroller.current?.scrollTo({ top: layout.tops[index] ?? 0 });
    hasJumped.current = before !== scroller.current?.scrollTop;
  };
  const active = passed !== undefined && paths.includes(passed) ? passed : paths[0];
  const view = { from: windowTop - stepPx, to: windowTop + 2 * stepPx };
  return { view, active, look, toFile };
}
