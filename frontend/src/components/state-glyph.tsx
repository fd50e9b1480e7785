import type { ReactNode } from "react";
import { cn } from "@/lib/cn";
import type { CardState } from "@/lib/task-state";

const ring = <circle cx="7" cy="7" r="5.25" stroke="currentColor" strokeWidth="1.5" />;
const amberDisc = (
  <circle cx="7" cy="7" fill="var(--needs-you)" r="6.25" stroke="var(--needs-you-mark)" strokeWidth="1" />
);

const running = (
  <>
    <circle cx="7" cy="7" r="5.25" stroke="currentColor" strokeOpacity=".28" strokeWidth="1.5" />
    <path
      className="origin-center animate-arc"
      d="M7 1.75a5.25 5.25 0 1 1-5.25 5.25"
      stroke="currentColor"
      strokeLinecap="round"
      strokeWidth="1.75"
    />
  </>
);

const question = (
  <>
    {amberDisc}
    <path
      d="M5.3 5.5a1.75 1.75 0 1 1 2.5 1.6c-.5.25-.8.55-.8 1.1"
      stroke="var(--needs-you-foreground)"
      strokeLinecap="round"
      strokeWidth="1.4"
    />
    <circle cx="7" cy="10.1" fill="var(--needs-you-foreground)" r=".85" />
  </>
);

const shapes: Record<CardState, ReactNode> = {
  todo: ring,
  draft: <circle cx="7" cy="7" r="5.25" stroke="currentColor" strokeDasharray="1.6 2.52" strokeWidth="1.5" />,
  blocked: (
    <>
      {ring}
      <path d="M4.5 7h5" stroke="currentColor" strokeLinecap="round" strokeWidth="1.5" />
    </>
  ),
  queued: (
    <>
      {ring}
      <path d="M7 4.3V7l1.9 1.2" stroke="currentColor" strokeLinecap="round" strokeLinejoin="round" strokeWidth="1.4" />
    </>
  ),
  running,
  approval: (
    <>
      {amberDisc}
      <path d="M5.4 4.6v4.8M8.6 4.6v4.8" stroke="var(--needs-you-foreground)" strokeLinecap="round" strokeWidth="1.6" />
    </>
  ),
  question,
  stopped: (
    <>
      {ring}
      <path d="M5.4 5v4M8.6 5v4" stroke="currentColor" strokeLinecap="round" strokeWidth="1.5" />
    </>
  ),
  review: (
    <>
      {ring}
      <circle cx="7" cy="7" fill="currentColor" r="2.6" />
    </>
  ),
  failed: (
    <>
      <circle cx="7" cy="7" fill="currentColor" r="6.25" />
      <path d="m4.9 4.9 4.2 4.2m0-4.2L4.9 9.1" stroke="var(--card)" strokeLinecap="round" strokeWidth="1.5" />
    </>
  ),
  cancelled: (
    <>
      {ring}
      <path d="m4.9 4.9 4.2 4.2" stroke="currentColor" strokeLinecap="round" strokeWidth="1.5" />
    </>
  ),
  done: (
    <>
      <circle cx="7" cy="7" fill="currentColor" r="6.25" />
      <path
        d="m4.4 7.2 1.8 1.8 3.4-3.7"
        stroke="var(--background)"
        strokeLinecap="round"
        strokeLinejoin="round"
        strokeWidth="1.5"
      />
    </>
  ),
};

const inks: Record<CardState, string> = {
  todo: "text-muted-foreground",
  draft: "text-muted-foreground",
  blocked: "text-muted-foreground",
  queued: "text-state-queued",
  running: "text-state-running",
  approval: "",
  question: "",
  stopped: "text-muted-foreground",
  review: "text-state-review",
  failed: "text-state-failed",
  cancelled: "text-muted-foreground",
  done: "text-state-done",
};

/** What each state is called where its glyph stands alone. */
export const stateNames: Record<CardState, string> = {
  todo: "to do",
  draft: "draft",
  blocked: "waits for another task",
  queued: "queued",
  running: "running",
  approval: "waiting for you",
  question: "asks you",
  stopped: "stopped",
  review: "ready for review",
  failed: "failed",
  cancelled: "cancelled",
  done: "done",
};

type StateGlyphProps = { state: CardState; className?: string; decorative?: boolean };

/** The one sign of a task's state; its shape tells the state without its colour. */
export function StateGlyph({ state, className, decorative = false }: StateGlyphProps) {
  const label = decorative ? { "aria-hidden": true } : { role: "img", "aria-label": stateNames[state] };
  return (
    <svg
      className={cn(inks[state], className)}
      fill="none"
      height="14"
      key={state}
      viewBox="0 0 14 14"
      width="14"
      {...label}
    >
      {shapes[state]}
    </svg>
  );
}
