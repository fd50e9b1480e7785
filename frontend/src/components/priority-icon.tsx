import type { Priority } from "@/api/generated/types";
import { cn } from "@/lib/cn";

const levels: Record<Exclude<Priority, "urgent">, number> = { low: 1, medium: 2, high: 3 };
const bars = [
  { x: 1, y: 8, height: 3 },
  { x: 5, y: 5, height: 6 },
  { x: 9, y: 2, height: 9 },
];

/** Three bars that fill with the priority, or a sign for urgent. */
export function PriorityIcon({ priority, className }: { priority: Priority; className?: string }) {
  return (
    <svg
      aria-label={`${priority} priority`}
      className={cn("text-faint-foreground", className)}
      height="12"
      role="img"
      viewBox="0 0 12 12"
      width="12"
    >
      <title>{`${priority} priority`}</title>
      {priority === "urgent" ? <Urgent /> : <Bars level={levels[priority]} />}
    </svg>
  );
}

function Bars({ level }: { level: number }) {
  return bars.map((bar, index) => (
    <rect fill="currentColor" key={bar.x} opacity={index < level ? 1 : 0.3} rx=".6" width="2.5" {...bar} />
  ));
}

function Urgent() {
  return (
    <>
      <rect fill="currentColor" height="12" rx="2.5" width="12" />
      <path d="M6 3v3.6" stroke="var(--card)" strokeLinecap="round" strokeWidth="1.6" />
      <circle cx="6" cy="9" fill="var(--card)" r=".95" />
    </>
  );
}
