import { getRouteApi, useNavigate } from "@tanstack/react-router";
import type { Task } from "@/api/generated/types";

const taskRoute = getRouteApi("/p/$project/t/$number");

/** Closes the task; the focus goes back to the card that opened it. */
export function useCloseTask(task: Task | undefined) {
  const { project } = taskRoute.useParams();
  const navigate = useNavigate();
  return () => {
    void navigate({ to: "/p/$project", params: { project }, search: (old) => ({ q: old.q, lane: old.lane }) }).then(
      () => {
        document.querySelector<HTMLElement>(`[data-card="${task?.id}"]`)?.focus();
      },
    );
  };
}
