import { useEffect, useEffectEvent } from "react";

/** Takes over the browser's own search, which cannot see what is not drawn. */
export function useFindKey(onFind: () => void): void {
  const run = useEffectEvent(onFind);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "f" || event.shiftKey || event.altKey || !(event.ctrlKey || event.metaKey))
        return;
      if (document.querySelector("[role=dialog], [role=alertdialog]") !== null) return;
      event.preventDefault();
      run();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
