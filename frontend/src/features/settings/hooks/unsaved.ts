import { createContext, useContext, useEffect } from "react";

/** Where a form tells that it holds what is not stored, so that nobody leaves it unasked. */
export const UnsavedScope = createContext<(isUnsaved: boolean) => void>(() => undefined);

/** Tells it for as long as the form is shown. The returned way tells at once that all is stored. */
export function useUnsaved(isUnsaved: boolean): () => void {
  const tell = useContext(UnsavedScope);
  useEffect(() => {
    tell(isUnsaved);
    return () => tell(false);
  }, [isUnsaved, tell]);
  return () => tell(false);
}
