/** The open task's address; what it shows is loaded when one is first opened. */
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { errorMessage } from "@/api/errors";
import { Button } from "@/components/ui/button";
import { useCloseTask } from "./use-close-task";

const taskRoute = getRouteApi("/p/$project/t/$number");

const TaskPage = lazy(() => {
  // The panel is wanted next: it need not wait for the page around it.
  void import("@/features/task-panel/task-panel");
  return import("./task-page");
});

/** `/p/<project>/t/<number>` */
export function TaskRoutePage() {
  return (
    <Suspense fallback={null}>
      <TaskPage />
    </Suspense>
  );
}

/** The panel when its task cannot be shown; the board goes on beside it. */
export function TaskCrash({ error }: { error: unknown }) {
  const { number } = taskRoute.useParams();
  const close = useCloseTask(undefined);
  return (
    <section
      aria-label={`Task #${number}`}
      className="absolute inset-y-0 right-0 z-20 flex w-[min(62vw,calc(100%-280px))] flex-col items-start gap-3 bg-panel p-6 shadow-panel max-lg:w-full max-md:fixed max-md:inset-0"
    >
      <h2 className="text-lg font-semibold">This task cannot be shown</h2>
      <p className="text-muted-foreground">{errorMessage(error)}</p>
      <Button onClick={close}>Back to the board</Button>
    </section>
  );
}
