import { lazy, Suspense } from "react";
import type { ToastContent } from "./toast-card";

// Toasts are rare: what draws them is fetched with the first idle moment, not with the board.
const load = () => import("./toast-card");
const Region = lazy(async () => ({ default: (await load()).ToastRegion }));

/** Where toasts appear: once, at the root. */
export function Toaster() {
  return (
    <Suspense fallback={null}>
      <Region />
    </Suspense>
  );
}

/** Says what happened where the screen cannot show it, with at most one way on. */
export function showToast(content: ToastContent): void {
  void load().then(({ raiseToast }) => raiseToast(content));
}
