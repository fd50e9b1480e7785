import { type RefObject, useLayoutEffect, useRef, useState } from "react";
import { type Anchor, anchorAt, filesBetween, type Layout, placeOf, type Target, topOf } from "../layout";

const stepPx = 200;
/** How far below the view's edge a target is brought. */
const targetIntoPx = 140;

/** Where the view stands among the files. It keeps what it shows when files above it grow or shrink. */
export function useFileScroll(
  scroller: RefObject<HTMLElement | null>,
  layout: Layout,
  paths: readonly string[],
  startFile: string | undefined,
) {
  const { noteAnchor, aimAt } = useKeptPlace(scroller, layout, paths, startFile);
  const [windowTop, setWindowTop] = useState(0);
  // A file near the end cannot stand at the top; the scroll that a jump causes must not take it back.
  const hasJumped = useRef(false);
  const [passed, setPassed] = useState(startFile);

  const look = () => {
    const scrollTop = scroller.current?.scrollTop ?? 0;
    noteAnchor(scrollTop);
    setWindowTop(Math.floor(scrollTop / stepPx) * stepPx);
    if (!hasJumped.current) setPassed(paths[filesBetween(layout, scrollTop + 1, scrollTop + 1).first]);
    hasJumped.current = false;
  };
  const jump = (path: string, top: number) => {
    noteAnchor(top);
    setPassed(path);
    const before = scroller.current?.scrollTop;
    scroller.current?.scrollTo({ top });
    hasJumped.current = before !== scroller.current?.scrollTop;
  };
  const toFile = (path: string) => {
    const index = paths.indexOf(path);
    if (index !== -1) jump(path, layout.tops[index] ?? 0);
  };
  /** Goes to a line or remark; where its file is not read yet, to the file, and on when it is. */
  const toTarget = (to: Target) => {
    const top = topOf(layout, paths, to);
    aimAt(top === undefined ? to : undefined);
    if (top === undefined) toFile(to.path);
    else jump(to.path, Math.max(0, top - targetIntoPx));
  };
  const active = passed !== undefined && paths.includes(passed) ? passed : paths[0];
  const view = { from: windowTop - stepPx, to: windowTop + 2 * stepPx };
  return { view, active, look, toFile, toTarget };
}

/** When heights change, the view goes to its target if that is known now, else stays at what it shows. */
function useKeptPlace(
  scroller: RefObject<HTMLElement | null>,
  layout: Layout,
  paths: readonly string[],
  startFile: string | undefined,
) {
  const anchor = useRef<Anchor | undefined>(
    startFile === undefined ? undefined : { path: startFile, into: 0, height: 0 },
  );
  // Where the view shall go once the lines there are known.
  const target = useRef<Target | undefined>(undefined);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const wanted = target.current && topOf(layout, paths, target.current);
    if (wanted !== undefined) target.current = undefined;
    const kept = anchor.current && placeOf(layout, paths, anchor.current);
    const place = wanted === undefined ? kept : Math.max(0, wanted - targetIntoPx);
    // The scroll that follows tells where the view stands now.
    if (place !== undefined && Math.abs(place - element.scrollTop) > 0.5) element.scrollTo({ top: place });
    anchor.current = anchorAt(layout, paths, element.scrollTop);
  }, [scroller, layout, paths]);
  const noteAnchor = (top: number) => {
    anchor.current = anchorAt(layout, paths, top);
  };
  const aimAt = (to: Target | undefined) => {
    target.current = to;
  };
  return { noteAnchor, aimAt };
}
