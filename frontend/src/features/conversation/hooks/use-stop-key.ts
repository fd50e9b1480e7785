import { useEffect, useState } from "react";

const armedMs = 1500;

/** Escape twice: the first one arms, for a moment. One alone never stops anything. */
export function useStopKey(onStop: (() => void) | undefined): { isArmed: boolean; press: () => void } {
  const [isArmed, setIsArmed] = useState(false);
  useEffect(() => {
    if (!isArmed) return undefined;
    const timer = setTimeout(() => setIsArmed(false), armedMs);
    return () => clearTimeout(timer);
  }, [isArmed]);
  const press = () => {
    if (onStop === undefined) return;
    if (isArmed) onStop();
    setIsArmed(!isArmed);
  };
  return { isArmed: isArmed && onStop !== undefined, press };
}
