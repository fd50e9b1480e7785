import { useQuery } from "@tanstack/react-query";
import { tasksQuery } from "@/api/tasks";
import { formatCost, formatCount } from "@/lib/format";

/** What goes on on the open board, and what it has cost. */
export function RailFoot({ projectId }: { projectId: string }) {
  const tasks = useQuery(tasksQuery(projectId)).data ?? [];
  const live = tasks.filter((task) => task.live_attempt !== null && task.live_attempt.state !== "queued").length;
  const costUsd = tasks.reduce((sum, task) => sum + task.cost_usd, 0);
  if (tasks.every((task) => task.last_attempt === null)) return <span>No runs yet</span>;
  return (
    <>
      <span>{formatCount(live, "agent")} live</span>
      <span title="All runs of this board">{formatCost(costUsd)} so far</span>
    </>
  );
}
