import { type RefObject, useEffect, useRef, useState } from "react";
import type { Attempt } from "@/api/generated/types";
import { RawReader, type RawState } from "../raw-reader";
import { loadFont, openScreen, type Screen } from "../screen";

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
    let isShown = true;
    const open = () => {
      if (!element.current || !isShown) return;
      const opened = openScreen(element.current, setIsAtEnd);
      screen.current = opened;
      reader.current = new RawReader(attempt.id, opened, setState);
      void reader.current.show("end");
    };
    void loadFont().then(open, open);
    return () => {
      isShown = false;
      reader.current?.stop();
      screen.current?.close();
      reader.current = undefined;
      screen.current = undefined;
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
