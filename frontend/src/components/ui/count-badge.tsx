import { cn } from "@/lib/cn";

/** How many wait for a person; nothing at 0. */
export function CountBadge({ count, label, className }: { count: number; label?: string; className?: string }) {
  if (count === 0) return null;
  return (
    <span
      className={cn(
        "inline-flex h-4 min-w-4 shrink-0 items-center justify-center rounded-full bg-needs-you px-1 text-2xs leading-4 font-[650] text-needs-you-foreground tabular-nums",
        className,
      )}
    >
      {count > 99 ? "99+" : count}
      {label ? <span className="sr-only"> {label}</span> : null}
    </span>
  );
}
