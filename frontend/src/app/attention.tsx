import { useQueryClient } from "@tanstack/react-query";
import { useMatch } from "@tanstack/react-router";
import { useState } from "react";
import type { Project, Task } from "@/api/generated/types";
import { tasksKey } from "@/api/tasks";
import { groupAsks, neighbour } from "@/features/approvals/model";
import { useAttention } from "@/features/attention/use-attention";
import { useKeys } from "@/lib/use-keys";
import { useTabIcon } from "@/lib/use-tab-icon";
import { useTitleCount } from "@/lib/use-title";
import { useShell } from "./shell-actions";
import { useNeeds, useOpenTask, useShownAsk } from "./use-needs";

/** Calls for the person: tab title and icon, sound, notifications, the keys to what waits, and words for screen readers. */
export function AttentionCenter({ project }: { project: Project | undefined }) {
  const { asks, open } = useNeeds();
  const { projects } = useShell();
  const openTask = useOpenTask();
  const [announced, setAnnounced] = useState("");
  const shownAsk = useShownAsk();
  const step = (by: 1 | -1) => () => {
    const inOrder = groupAsks(asks, projects, project?.id, undefined).flatMap((group) => group.asks);
    const next = neighbour(inOrder, shownAsk, by);
    if (next) open(next.id);
  };
  useTitleCount(asks.length);
  useTabIcon(asks.length > 0);
  useKeys({ "]": step(1), "[": step(-1) });
  useAttention({
    readShownTask: useReadShownTask(project),
    projectName: (id) => (projects.length > 1 ? projects.find((other) => other.id === id)?.name : undefined),
    onOpenAsk: (ask) => open(ask.id),
    onOpenTask: (task) => openTask(task, undefined),
    onAnnounce: setAnnounced,
  });
  return (
    <p className="sr-only" role="status">
      {announced}
    </p>
  );
}

/** The task that this tab shows; looked up only when somebody would be called for one. */
function useReadShownTask(project: Project | undefined) {
  const client = useQueryClient();
  const number = useMatch({ from: "/p/$project/t/$number", shouldThrow: false })?.params.number;
  return () => {
    const tasks = project && client.getQueryData<readonly Task[]>(tasksKey(project.id));
    return tasks?.find((task) => String(task.number) === number)?.id;
  };
}
