import { useState, useSyncExternalStore } from "react";
import type { AttemptId } from "@/api/generated/types";
import { AttemptLogStore } from "../attempt-log-store";

/** The log of an attempt, live. Give the component that calls this the attempt's id as its key. */
export function useAttemptLog(attemptId: AttemptId, wantedSeq: number | undefined) {
  const [store] = useState(() => new AttemptLogStore(attemptId, wantedSeq));
  return { store, log: useSyncExternalStore(store.subscribe, store.read) };
}
