import { useEffect, useState, useSyncExternalStore } from "react";
import type { GateRunId } from "@/api/generated/types";
import { type OutputState, OutputStore } from "../output-store";

/** What a run has printed so far. Give its component the run's id as its key. */
export function useOutput(id: GateRunId, outputBytes: number, isLive: boolean): OutputState {
  const [store] = useState(() => new OutputStore(id));
  useEffect(() => () => store.stop(), [store]);
  useEffect(() => {
    // The end is read once more when it has ended: the last words may come after the last count.
    void store.readTo(outputBytes);
  }, [store, outputBytes, isLive]);
  return useSyncExternalStore(store.subscribe, store.read);
}
