import { useNavigate } from "@tanstack/react-router";
import type { Project } from "@/api/generated/types";
import { RecoveryList } from "@/features/recovery/recovery-list";
import { SectionPage } from "@/features/settings/components/section-page";
import { useShell } from "./shell-actions";

/** What can be had back in a project. */
export function RecoveryPart({ project }: { project: Project }) {
  const { keyOf } = useShell();
  const navigate = useNavigate();
  const open = (number: number) =>
    void navigate({ to: "/p/$project/t/$number", params: { project: keyOf(project.id), number: String(number) } });
  return (
    <SectionPage note="What was removed here, until when it is kept, and the way to have it back." title="Recovery">
      <RecoveryList onOpenTask={open} project={project} />
    </SectionPage>
  );
}
