import { useEffectEvent, useLayoutEffect, useRef } from "react";
import type { DiffSide } from "@/api/generated/types";
import { cn } from "@/lib/cn";
import { useLineScope } from "../hooks/use-line-scope";
import type { DiffMode } from "../rows";

/** Something between the lines. How high it is shows only when it is drawn. */
export function useMeasured(key: string) {
  const { onHeight } = useLineScope();
  const element = useRef<HTMLDivElement>(null);
  const tell = useEffectEvent(() => onHeight(key, element.current?.offsetHeight ?? 0));
  useLayoutEffect(() => {
    tell();
    const observer = new ResizeObserver(() => tell());
    if (element.current) observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return element;
}

type RemarkRowProps = { remarkKey: string; side: DiffSide | undefined; mode: DiffMode };

/** A remark below its line, in its side's half. */
export function RemarkRow({ remarkKey, side, mode }: RemarkRowProps) {
  const { review } = useLineScope();
  const element = useMeasured(remarkKey);
  const isHalf = mode === "split" && side !== undefined;
  return (
    <div
      className={cn(
        "border-y bg-panel px-3 py-2 in-data-full:bg-panel-full",
        isHalf && side === "new" && "ml-[50%] border-l",
        isHalf && side === "old" && "mr-[50%] border-r",
      )}
      ref={element}
    >
      <div className={cn(!isHalf && "max-w-[800px] md:ml-24")}>{review.render(remarkKey)}</div>
    </div>
  );
}
