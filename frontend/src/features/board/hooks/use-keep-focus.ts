import { type RefObject, useEffect, useLayoutEffect, useRef } from "react";
import type { Task } from "@/api/generated/types";

/**
 * Keeps the focus on a card that changes its column: its element is made anew there, and the old one takes the focus
 * with it. A press anywhere else ends the claim, so that the focus is never stolen.
 */
export function useKeepFocus(board: RefObject<HTMLElement | null>, tasks: readonly Task[]): void {
  const focused = useRef<string>(undefined);
  useEffect(() => {
    const claim = (event: Event) => {
      const card = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>("[data-card]") : null;
      focused.current = card?.dataset["card"];
    };
    document.addEventListener("focusin", claim);
    document.addEventListener("pointerdown", claim);
    return () => {
      document.removeEventListener("focusin", claim);
      document.removeEventListener("pointerdown", claim);
    };
  }, []);
  useLayoutEffect(() => {
    if (focused.current === undefined || document.activeElement !== document.body) return;
    board.current?.querySelector<HTMLElement>(`[data-card="${focused.current}"]`)?.focus({ preventScroll: true });
  }, [board, tasks]);
}
