import type { LucideIcon } from "lucide-react";
import { ChevronDown, ChevronRight } from "lucide-react";
import { createContext, type ReactNode, useContext } from "react";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import { formatClock, formatInstant } from "@/lib/format";
import type { AskRow, Row } from "../model";

/** What every row of one log needs to know. */
export type LogContext = {
  /** The attempt's worktree, which paths are shown without. */
  worktree: string | null;
  /** Whether the agent may still answer what is open. */
  isLive: boolean;
  /** The calls that wait for a person and do not run yet. */
  waiting: ReadonlySet<string>;
  isOpen: (row: Row, byDefault: boolean) => boolean;
  onToggle: (row: Row, isOpen: boolean) => void;
  onLink: (seq: number) => void;
  /** What waits for a person, to be answered in place; none where it is answered elsewhere on the page. */
  renderAsk: ((row: AskRow) => ReactNode) | undefined;
};

const context = createContext<LogContext | undefined>(undefined);

/** Gives the rows what their log knows. */
export const LogScope = context.Provider;

/** What the log of this row knows. */
export function useLogScope(): LogContext {
  const scope = useContext(context);
  if (scope === undefined) throw new Error("a row is only shown in its log");
  return scope;
}

/** Whether a row is unfolded, and how to change it. */
export function useFold(row: Row, byDefault = false): { isOpen: boolean; toggle: () => void } {
  const scope = useLogScope();
  const isOpen = scope.isOpen(row, byDefault);
  return { isOpen, toggle: () => scope.onToggle(row, !isOpen) };
}

// The thread runs above and below the sign, never through it.
const thread = cn(
  "relative flex justify-center pt-1.75 text-faint-foreground max-md:pt-2.25",
  "before:absolute before:top-0 before:left-1/2 before:h-1 before:w-px before:bg-border max-md:before:h-1.5",
  "after:absolute after:top-6 after:bottom-0 after:left-1/2 after:w-px after:bg-border max-md:after:top-6.5",
);

type LogRowProps = { row: Row; icon: ReactNode; children: ReactNode };

/** Time, sign on the thread line, and what happened. */
export function LogRow({ row, icon, children }: LogRowProps) {
  return (
    <div
      className="grid grid-cols-[72px_20px_minmax(0,1fr)] gap-x-2 pr-6 max-md:grid-cols-[20px_minmax(0,1fr)] max-md:px-4"
      style={row.depth > 0 ? { paddingLeft: `${row.depth * 24}px` } : undefined}
    >
      <RowTime row={row} />
      <div className={thread}>{icon}</div>
      <div className="min-w-0">{children}</div>
    </div>
  );
}

function RowTime({ row }: { row: Row }) {
  const { onLink } = useLogScope();
  return (
    <a
      className="pr-1 text-right text-2xs leading-7 text-faint-foreground tabular-nums hover:text-foreground max-md:hidden"
      href={`?tab=activity&event=${row.seq}`}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onLink(row.seq);
      }}
      title={`${formatInstant(row.ts)} · link to this entry`}
    >
      {formatClock(row.ts)}
    </a>
  );
}

/** The sign of a row. */
export function RowIcon({ as, className }: { as: LucideIcon; className?: string }) {
  return <Icon as={as} {...(className ? { className } : {})} />;
}

/** A line of 28 px that does not unfold. */
export function Line({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn("flex h-7 min-w-0 items-center gap-2 max-md:h-8", className)}>{children}</div>;
}

type FoldLineProps = { isOpen: boolean; onToggle: () => void; children: ReactNode; className?: string };

/** A line of 28 px that unfolds. */
export function FoldLine({ isOpen, onToggle, children, className }: FoldLineProps) {
  return (
    <button
      aria-expanded={isOpen}
      className={cn(
        "-mx-1 flex h-7 w-[calc(100%+8px)] min-w-0 items-center gap-2 rounded-sm px-1 text-left hover:bg-accent max-md:h-8 pointer-coarse:relative pointer-coarse:after:absolute pointer-coarse:after:inset-x-0 pointer-coarse:after:-inset-y-1.5",
        className,
      )}
      onClick={onToggle}
      type="button"
    >
      {children}
      <Icon as={isOpen ? ChevronDown : ChevronRight} className="shrink-0 text-faint-foreground" size={12} />
    </button>
  );
}

/** What an unfolded row shows. */
export function Well({ children, className }: { children: ReactNode; className?: string }) {
  return <div className={cn("mb-2 overflow-hidden rounded-md border bg-inset", className)}>{children}</div>;
}
