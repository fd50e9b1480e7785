import { useCallback, useState } from "react";

/** Which rows the user unfolded or folded; what was not touched keeps its default. */
export function useFolds() {
  const [choices, setChoices] = useState<ReadonlyMap<string, boolean>>(new Map());
  const choose = useCallback(
    (keys: readonly string[], isOpen: boolean) =>
      setChoices((old) => new Map([...old, ...keys.map((key) => [key, isOpen] as const)])),
    [],
  );
  return { choices, choose };
}
