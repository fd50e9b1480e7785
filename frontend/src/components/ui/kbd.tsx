import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

/** A key, shown beside what it does. Dropped where there is no keyboard. */
export function Kbd({ children, className }: { children: ReactNode; className?: string }) {
  return (
    <kbd
      className={cn(
        "inline-flex h-4 min-w-4 items-center justify-center rounded-xs bg-muted px-1 font-sans text-2xs font-medium text-muted-foreground max-md:hidden pointer-coarse:hidden",
        "group-data-[variant=primary]/button:bg-primary-foreground/16 group-data-[variant=primary]/button:text-primary-foreground/82",
        "group-data-[variant=needs]/button:bg-needs-you-foreground/14 group-data-[variant=needs]/button:text-needs-you-foreground",
        "group-disabled/button:bg-transparent! group-disabled/button:text-faint-foreground!",
        "group-data-[variant]/button:-mr-1",
        className,
      )}
    >
      {children}
    </kbd>
  );
}
