import JustBefore from "@/features/activity/just-before";
import NeedsYou from "@/features/approvals/needs-you";
import type { Project } from "@/api/generated/types";
import { useShell } from "./shell-actions";
import { useNeeds, useOpenTask } from "./use-needs";

/** The list of what waits, over any page. */
export default function NeedsDialog({ project }: { project: Project | undefined }) {
  const { asks, wanted, select, close } = useNeeds();
  const { projects } = useShell();
  const openTask = useOpenTask();
  return (
    <NeedsYou
      asks={asks}
      onClose={close}
      onOpenTask={(ask, task) => openTask(task, ask)}
      onSelect={select}
      project={project}
      projects={projects}
      renderBefore={(ask) => (
        <JustBefore
          askedAt={ask.created_at}
          attemptId={ask.attempt_id}
          toolUseId={ask.type === "approval" ? ask.approval.tool_use_id : null}
          worktree={ask.type === "approval" ? ask.approval.cwd : null}
        />
      )}
      wanted={wanted}
    />
  );
}
