import { type ReactNode, useRef, type WheelEvent } from "react";
import type { DiffMode } from "../rows";
import { columnPx, sidewaysPx, splitGutterPx, unifiedGutterPx } from "../sideways";

type SidewaysLinesProps = {
  height: number;
  /** The longest line; 0 where all fit. */
  columns: number;
  mode: DiffMode;
  label: string;
  children: ReactNode;
};

/**
 * Lines that move sideways together, both sides at once, below numbers that stay. The bar stays in view for as long as
 * the file is, so that nobody has to go to its end to reach it.
 */
export function SidewaysLines({ height, columns, mode, label, children }: SidewaysLinesProps) {
  const lines = useRef<HTMLDivElement>(null);
  const bar = useRef<HTMLDivElement>(null);
  const move = () => lines.current?.style.setProperty("--sideways", `${-(bar.current?.scrollLeft ?? 0)}px`);
  const onWheel = (event: WheelEvent) => {
    const by = event.shiftKey && event.deltaX === 0 ? event.deltaY : event.deltaX;
    if (by !== 0) bar.current?.scrollBy({ left: by });
  };
  const gutter = mode === "split" ? splitGutterPx : unifiedGutterPx;
  const needed = `${columns * columnPx + gutter + 16}px`;
  // In the split layout the bar spans both sides, and each side needs what its own lines need.
  const inner = mode === "split" ? `calc(50% + ${needed})` : needed;
  return (
    <>
      <div
        className="relative overflow-hidden [--sideways:0px]"
        onWheel={columns > 0 ? onWheel : undefined}
        ref={lines}
        style={{ height: `${height}px` }}
      >
        {children}
      </div>
      {columns > 0 ? (
        <div
          aria-label={`Move the lines of ${label} sideways`}
          className="sticky bottom-0 z-5 overflow-x-auto overflow-y-hidden bg-panel [scrollbar-width:thin] in-data-full:bg-panel-full"
          onScroll={move}
          ref={bar}
          role="region"
          style={{ height: `${sidewaysPx}px` }}
          // What scrolls must be reachable by the keyboard.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        >
          <div className="h-px" style={{ width: inner }} />
        </div>
      ) : null}
    </>
  );
}
