import { useQueryClient } from "@tanstack/react-query";
import { useMatch } from "@tanstack/react-router";
import { useState } from "react";
import type { Project, Task } from "@/api/generated/types";
import { tasksKey } from "@/api/tasks";
import { useAttention } from "@/features/attention/use-attention";
import { useShell } from "./shell-actions";
import { useNeeds, useOpenTask } from "./use-needs";

/** Calls for the person: sound, notifications, and words for screen readers. */
export default function AttentionCalls({ project }: { project: Project | undefined }) {
  const { open } = useNeeds();
  const { projects } = useShell();
  const openTask = useOpenTask();
  const [announced, setAnnounced] = useState("");
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
