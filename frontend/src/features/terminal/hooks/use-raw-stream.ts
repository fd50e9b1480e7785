import { type RefObject, useEffect, useRef, useState } from "react";
import type { Attempt } from "@/api/generated/types";
import { RawReader, type RawState } from "../raw-reader";
import { openScreen, type Screen } from "../screen";

const pollMs = 700;
const liveStates = new Set<Attempt["state"]>(["queued", "preparing", "running", "waiting", "gates"]);

/** Fills a terminal with an attempt's raw stream for as long as both are shown. */
export function useRawStream(element: RefObject<HTMLElement | null>, attempt: Attempt) {
  const [state, setState] = useState<RawState>({ type: "loading" });
  const [isAtEnd, setIsAtEnd] = useState(true);
  const reader = useRef<RawReader>(undefined);
  const screen = useRef<Screen>(undefined);
  const isLive = liveStates.has(attempt.state);

  useEffect(() => {
    if (!element.current) return undefined;
    const opened = openScreen(element.current, setIsAtEnd);
    const reading = new RawReader(attempt.id, opened, setState);
    screen.current = opened;
    reader.current = reading;
    void reading.show("end");
    return () => {
      reading.stop();
      opened.close();
    };
  }, [element, attempt.id]);

  const isFollowing = state.type === "shown" && state.isFollowing;
  useEffect(() => {
    if (!isFollowing) return undefined;
    // One more reading after the end: the last bytes may be written after the state is told.
    if (!isLive) {
      void reader.current?.readOn().then(() => reader.current?.finish());
      return undefined;
    }
    const timer = setInterval(() => void reader.current?.readOn(), pollMs);
    return () => clearInterval(timer);
  }, [isFollowing, isLive]);

  return {
    state,
    isAtEnd,
    isLive,
    show: (wanted: "end" | "start" | "before" | "after") => void reader.current?.show(wanted),
    toEnd: () => screen.current?.toEnd(),
  };
}
