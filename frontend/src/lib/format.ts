const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A time that counts: `0:42`, `14:30`, `1:02:03`. */
export function formatElapsed(elapsedMs: number): string {
  const seconds = Math.max(0, Math.floor(elapsedMs / 1000));
  const pad = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  if (hours > 0) return `${hours}:${pad(minutes)}:${pad(seconds % 60)}`;
  return `${minutes}:${pad(seconds % 60)}`;
}

/** A time that is over: `42s`, `22m`, `1h 5m`. */
export function formatDuration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes}m`;
  const rest = minutes % 60;
  return rest === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h ${rest}m`;
}

/** How long ago: `just now`, `2 min ago`, `1 h ago`, `yesterday`, `14 Nov`. */
export function formatAgo(instant: string, nowMs: number): string {
  const atMs = Date.parse(instant);
  const agoMs = nowMs - atMs;
  if (agoMs < minuteMs) return "just now";
  if (agoMs < hourMs) return `${Math.floor(agoMs / minuteMs)} min ago`;
  if (agoMs < 12 * hourMs) return `${Math.floor(agoMs / hourMs)} h ago`;
  return formatDay(atMs, nowMs);
}

/** When it was: `12:04` today, `yesterday`, `14 Nov`. */
export function formatWhen(instant: string, nowMs: number): string {
  return formatDay(Date.parse(instant), nowMs);
}

/** The full instant, for a title. */
export function formatInstant(instant: string): string {
  return new Date(instant).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** The clock of an instant: `14:02:09`. */
export function formatClock(instant: string): string {
  return new Date(instant).toLocaleTimeString(undefined, { hour12: false });
}

/** What it cost: `$0.41`; less than a cent is said so. */
export function formatCost(costUsd: number): string {
  if (costUsd > 0 && costUsd < 0.01) return "<$0.01";
  return `$${costUsd.toFixed(2)}`;
}

/** A count with its noun: `1 change`, `12 changes`. */
export function formatCount(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

function formatDay(atMs: number, nowMs: number): string {
  const midnightMs = new Date(nowMs).setHours(0, 0, 0, 0);
  const at = new Date(atMs);
  if (atMs >= midnightMs) return at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
  if (atMs >= midnightMs - dayMs) return "yesterday";
  return at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}
