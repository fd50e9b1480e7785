import type { ReactNode } from "react";
import { cn } from "@/lib/cn";

type NoticeProps = { title: string; children?: ReactNode; action?: ReactNode; className?: string; isAlert?: boolean };

/** What stands in a part that has nothing to show, or failed: one line, what to do, one button. */
export function Notice({ title, children, action, className, isAlert = false }: NoticeProps) {
  return (
    <div
      className={cn("flex flex-col items-start gap-2 px-6 py-5 max-md:px-4", className)}
      role={isAlert ? "alert" : undefined}
    >
      <p className="font-[550]">{title}</p>
      {children ? <div className="max-w-prose text-muted-foreground">{children}</div> : null}
      {action}
    </div>
  );
}
