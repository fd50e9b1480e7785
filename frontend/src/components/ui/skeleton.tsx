import { cn } from "@/lib/cn";

/** A line that will stand here. It stays away for 150 ms, so that what comes quickly never flickers. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("h-2 animate-late rounded-xs bg-muted", className)} />;
}
