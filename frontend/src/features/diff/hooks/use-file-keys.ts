import { useEffect, useEffectEvent } from "react";

/** J and K walk the files. The diff lies over the board, whose cards have the same keys, so it hears them first. */
export function useFileKeys(onStep: (by: 1 | -1) => void): void {
  const step = useEffectEvent(onStep);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.metaKey || event.ctrlKey || event.altKey || isTaken(event.target)) return;
      const by = event.key === "j" ? 1 : event.key === "k" ? -1 : undefined;
      if (by === undefined) return;
      event.preventDefault();
      step(by);
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}

function isTaken(target: EventTarget | null): boolean {
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable], [role=menu]"))
    return true;
  return document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null;
}
