import { cva, type VariantProps } from "class-variance-authority";
import type { ComponentProps } from "react";
import { cn } from "@/lib/cn";

const pill = cva(
  "inline-flex h-5 items-center gap-1.5 rounded-sm pr-2 pl-1.5 text-xs font-[550] whitespace-nowrap tabular-nums",
  {
    variants: {
      tone: {
        plain: "bg-muted text-muted-foreground",
        running: "bg-state-running-surface text-state-running",
        needs: "bg-needs-you-surface text-needs-you-text ring-1 ring-needs-you-border ring-inset",
        review: "bg-state-review-surface text-state-review",
        failed: "bg-state-failed-surface text-state-failed",
      },
    },
    defaultVariants: { tone: "plain" },
  },
);

/** A state as a glyph and a word, for headers. */
export function Pill({ className, tone, ...props }: ComponentProps<"span"> & VariantProps<typeof pill>) {
  return <span className={cn(pill({ tone }), className)} {...props} />;
}
