import { useEffect, useRef, useState } from "react";
import type { Attempt } from "@/api/generated/types";

const settleMs = 1200;
const liveStates = new Set<Attempt["state"]>(["preparing", "running", "waiting", "gates"]);

/** What tells that an attempt's files may have changed: its commit, or, while it is at work, the end of each tool. */
export function useLiveRevision(attempt: Attempt) {
  const [count, setCount] = useState(0);
  const isLive = liveStates.has(attempt.state);
  const step = `${attempt.state} ${attempt.activity?.verb} ${attempt.activity?.since}`;
  const seen = useRef(step);
  useEffect(() => {
    if (!isLive || seen.current === step) return undefined;
    seen.current = step;
    const timer = setTimeout(() => setCount((old) => old + 1), settleMs);
    return () => clearTimeout(timer);
  }, [isLive, step]);
  const revision = `${isLive ? "live" : (attempt.head_commit ?? attempt.state)} ${count}`;
  return { isLive, revision, refresh: () => setCount((old) => old + 1) };
}
