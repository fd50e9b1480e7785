import type { ReactNode } from "react";

/** A titled part of the page. */
export function Section({
  title,
  note,
  action,
  children,
}: {
  title: string;
  note?: ReactNode;
  action?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section>
      <div className="mb-1 flex min-h-6 items-center gap-2">
        <h3 className="font-semibold">{title}</h3>
        <span className="flex-1 text-xs text-faint-foreground tabular-nums">{note}</span>
        {action}
      </div>
      {children}
    </section>
  );
}
