import { useEffect, useEffectEvent } from "react";

export type DiffKeys = {
  onStep: (by: 1 | -1) => void;
  onNextUnseen: () => void;
  onViewed: () => void;
  onComment: () => void;
  onMode: (mode: "unified" | "split") => void;
  onFind: () => void;
};

/** The diff's keys. It lies over the board, whose cards have some of the same, so it hears them first. */
export function useDiffKeys(keys: DiffKeys): void {
  const run = useEffectEvent((key: string): boolean => {
    const act = actOf(key, keys);
    act?.();
    return act !== undefined;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const key = keyOf(event);
      if (key === undefined || !run(key)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener("keydown", onKeyDown, { capture: true });
    return () => window.removeEventListener("keydown", onKeyDown, { capture: true });
  }, []);
}

function actOf(key: string, keys: DiffKeys): (() => void) | undefined {
  switch (key) {
    case "j":
      return () => keys.onStep(1);
    case "k":
      return () => keys.onStep(-1);
    case "n":
      return keys.onNextUnseen;
    case "v":
      return keys.onViewed;
    case "c":
      return keys.onComment;
    case "u":
      return () => keys.onMode("unified");
    case "s":
      return () => keys.onMode("split");
    case "find":
      return keys.onFind;
    default:
      return undefined;
  }
}

/** The key that counts; none while someone types, or something lies over the diff. */
function keyOf(event: KeyboardEvent): string | undefined {
  if (document.querySelector("[role=dialog], [role=alertdialog], [role=menu]") !== null) return undefined;
  const isCommand = event.metaKey || event.ctrlKey;
  if (isCommand && event.key === "f" && !event.altKey && !event.shiftKey) return "find";
  if (isCommand || event.altKey || isTyping(event.target)) return undefined;
  return event.key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest("input, textarea, select, [contenteditable], [role=menu]") !== null
  );
}
