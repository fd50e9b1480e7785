/** The open tabs of one browser call once, and not at all for what one of them shows or did. */
import * as z from "zod/mini";

const channelName = "eval-kanban.attention";
const answerMs = 150;
const note = z.discriminatedUnion("type", [
  z.object({ type: z.literal("who_mutes"), key: z.string(), ids: z.array(z.string()) }),
  z.object({ type: z.literal("muted"), key: z.string() }),
]);

export type Tabs = {
  /** Whether this tab calls for all. Where the browser cannot choose one, each does, and equal notifications collapse. */
  isCaller: () => boolean;
  /** Whether another tab shows this, or did it. */
  isMutedElsewhere: (ids: readonly string[]) => Promise<boolean>;
  close: () => void;
};

/** Joins the tabs of this browser. `mutes` tells whether this tab shows or did one of these. */
export function joinTabs(mutes: (ids: readonly string[]) => boolean): Tabs {
  const channel = typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(channelName);
  const caller = electCaller();
  const pending = new Map<string, (isMuted: boolean) => void>();
  channel?.addEventListener("message", (event: MessageEvent<unknown>) => {
    const read = note.safeParse(event.data);
    if (!read.success) return;
    if (read.data.type === "muted") return pending.get(read.data.key)?.(true);
    if (mutes(read.data.ids)) channel.postMessage({ type: "muted", key: read.data.key });
  });
  const isMutedElsewhere = (ids: readonly string[]) =>
    new Promise<boolean>((resolve) => {
      if (!channel) return resolve(false);
      const key = crypto.randomUUID();
      const settle = (isMuted: boolean) => {
        pending.delete(key);
        clearTimeout(timer);
        resolve(isMuted);
      };
      const timer = setTimeout(() => settle(false), answerMs);
      pending.set(key, settle);
      channel.postMessage({ type: "who_mutes", key, ids });
    });
  return {
    isCaller: caller.isCaller,
    isMutedElsewhere,
    close: () => {
      caller.resign();
      channel?.close();
    },
  };
}

/** The tab that holds the lock calls; when it is closed the next one gets the lock. */
function electCaller(): { isCaller: () => boolean; resign: () => void } {
  if (!("locks" in navigator)) return { isCaller: () => true, resign: () => undefined };
  let isCaller = false;
  const end = new AbortController();
  const hold = () => {
    // Left while the lock was on its way: nobody would ever let go of it.
    if (end.signal.aborted) return Promise.resolve();
    isCaller = true;
    return new Promise<void>((resolve) => end.signal.addEventListener("abort", () => resolve()));
  };
  navigator.locks.request(channelName, { signal: end.signal }, hold).catch(() => undefined);
  return { isCaller: () => isCaller, resign: () => end.abort() };
}
