import { useSyncExternalStore } from "react";

const coarseMs = 30_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let nowMs = Date.now();

/** The current second, shared by all that counts, so that every card ticks at the same moment. */
export function useNowMs(): number {
  return useSyncExternalStore(subscribe, readNow);
}

/** The current half minute: enough for what is told in minutes, and rarely a reason to draw again. */
export function useCoarseNowMs(): number {
  return useSyncExternalStore(subscribe, readCoarseNow);
}

function readCoarseNow(): number {
  return Math.floor(nowMs / coarseMs) * coarseMs;
}

function readNow(): number {
  return nowMs;
}

function tick(): void {
  nowMs = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  if (listeners.size === 0) {
    nowMs = Date.now();
    timer = setInterval(tick, 1000);
  }
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) clearInterval(timer);
  };
}
