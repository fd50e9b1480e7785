import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

/** A small framed word: a label, a size. */
export function Chip({ className, ...props }: ComponentProps<"span">) {
  return (
    <span
      className={cn(
        "inline-flex h-4.5 shrink-0 items-center gap-1 rounded-xs border px-1.25 text-2xs whitespace-nowrap text-muted-foreground",
        className,
      )}
      data-chip
      {...props}
    />
  );
}
