/** What work this browser ended a moment ago: nobody needs to be told of what they did themselves. */

const keptMs = 60_000;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const ending = /\/(?:finish|cancel|interrupt|discard|reject|approve|merge)$/;
const acts = new Map<string, number>();

/**
 * Notes a request that ends work: its path names what it ends. To start work is no such act: that it failed a moment
 * later is news.
 */
export function noteOwnAct(path: string, nowMs: number): void {
  for (const [id, atMs] of acts) {
    if (nowMs - atMs > keptMs) acts.delete(id);
  }
  if (!ending.test(path)) return;
  for (const [id] of path.matchAll(uuid)) acts.set(id, nowMs);
}

/** Whether one of these was ended by this browser within the time given. */
export function wasOwnAct(ids: readonly string[], nowMs: number, withinMs: number): boolean {
  return ids.some((id) => nowMs - (acts.get(id) ?? Number.NEGATIVE_INFINITY) <= withinMs);
}
