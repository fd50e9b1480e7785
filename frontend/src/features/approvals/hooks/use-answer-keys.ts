import { useEffect, useEffectEvent, useRef } from "react";

type Keys = Readonly<Record<string, () => void>>;
type Where = "page" | "dialog";

/** The next ask slides in where the last one stood: a key that was meant for that one must not answer this one. */
const pauseMs = 400;
let answeredAtMs = Number.NEGATIVE_INFINITY;

/** Says that an answer was just given. */
export function noteAnswer(): void {
  answeredAtMs = performance.now();
}

/** Binds the keys that only move: they need no pause. */
export function useMoveKeys(where: Where, keys: Keys): void {
  useCaptureKeys(where, true, keys, () => true);
}

/**
 * Binds the keys of the ask in view, before those of the board below. `where` is what the ask is shown in: while a
 * dialog is open the keys are its own.
 */
export function useAnswerKeys(where: Where, isActive: boolean, keys: Keys): void {
  const wasIdle = useRef(false);
  useEffect(() => {
    if (isActive && wasIdle.current) noteAnswer();
    // One that becomes the first later does so because somebody answered the one before it.
    wasIdle.current = !isActive;
  }, [isActive]);
  useCaptureKeys(where, isActive, keys, (event) => !event.repeat && performance.now() - answeredAtMs > pauseMs);
}

function useCaptureKeys(where: Where, isActive: boolean, keys: Keys, isMeant: (event: KeyboardEvent) => boolean): void {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const run = keys[event.key.toLowerCase()];
    if (run === undefined || isTaken(event, where)) return;
    event.preventDefault();
    if (isMeant(event)) run();
  });
  useEffect(() => {
    if (!isActive) return undefined;
    const listener = (event: KeyboardEvent) => onKey(event);
    window.addEventListener("keydown", listener, { capture: true });
    return () => window.removeEventListener("keydown", listener, { capture: true });
  }, [isActive]);
}

function isTaken(event: KeyboardEvent, where: Where): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  const { target } = event;
  if (target instanceof Element && target.closest("textarea, select, [contenteditable], [role=menu]")) return true;
  if (target instanceof HTMLInputElement && event.key.startsWith("Arrow")) return true;
  if (target instanceof HTMLInputElement && !["radio", "checkbox"].includes(target.type)) return true;
  if (event.key === "Enter" && target instanceof Element && target.closest("button, a")) return true;
  // A card in focus has keys of its own.
  if (where === "page" && target instanceof Element && target.closest("[data-card]")) return true;
  const isDialogOpen = document.querySelector("[role=dialog], [role=alertdialog]") !== null;
  return isDialogOpen !== (where === "dialog") || document.querySelector("[role=menu]") !== null;
}
