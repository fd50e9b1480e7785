import { useEffect, useEffectEvent } from "react";
import { tinykeys } from "tinykeys";

type Bindings = Record<string, (event: KeyboardEvent) => void>;

/** Binds keys for as long as the component is shown. Typing, an open dialog or menu, and a lifted card come first. */
export function useKeys(bindings: Bindings): void {
  const run = useEffectEvent((key: string, event: KeyboardEvent) => {
    if (!isTaken(event)) bindings[key]?.(event);
  });
  const keys = Object.keys(bindings).join(" ");
  useEffect(() => {
    const handlers = keys.split(" ").map((key) => [key, (event: KeyboardEvent) => run(key, event)] as const);
    return tinykeys(window, Object.fromEntries(handlers));
  }, [keys]);
}

function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented) return true;
  const target = event.target;
  if (target instanceof Element && target.closest("input, textarea, select, [contenteditable], [role=menu]"))
    return true;
  return document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null;
}
