import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { errorMessage } from "@/api/errors";
import type { Project } from "@/api/generated/types";
import { countByProject, usePendingAsks } from "@/api/asks";
import { projectsQuery } from "@/api/projects";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { ProjectList } from "@/features/projects/project-list";
import { projectKey } from "@/lib/paths";
import { useTitle } from "@/lib/use-title";
import { MessagePage } from "./message-page";
import { useShell } from "./shell-actions";

/** Recent projects. */
export function HomePage() {
  useTitle("eval-kanban");
  const projects = useQuery(projectsQuery());
  if (projects.isError && projects.data === undefined) {
    return (
      <MessagePage
        action={<Button onClick={() => void projects.refetch()}>Try again</Button>}
        title="The projects could not be read"
      >
        {errorMessage(projects.error)}
      </MessagePage>
    );
  }
  return (
    <main className="min-h-0 flex-1 overflow-y-auto">
      <div className="mx-auto flex max-w-2xl flex-col gap-4 px-6 py-16 max-md:px-4 max-md:py-6">
        {projects.data ? <Projects projects={projects.data} /> : <Skeleton className="w-1/3" />}
      </div>
    </main>
  );
}

function Projects({ projects }: { projects: readonly Project[] }) {
  const { openDialog } = useShell();
  const asks = usePendingAsks() ?? [];
  const navigate = useNavigate();
  return (
    <>
      <header className="flex items-center gap-3">
        <h1 className="flex-1 text-xl font-semibold tracking-[-0.014em]">Projects</h1>
        <Button onClick={() => openDialog("add_project")} variant="primary">
          <Icon as={Plus} />
          Add project
        </Button>
      </header>
      {projects.length === 0 ? (
        <p className="text-muted-foreground">
          Your repositories stand here. Add one, or start <code className="text-foreground">eval-kanban</code> in it.
        </p>
      ) : (
        <ProjectList
          needs={countByProject(asks)}
          href={(project) => `/p/${projectKey(project, projects)}`}
          onOpen={(project) => void navigate({ to: "/p/$project", params: { project: projectKey(project, projects) } })}
          projects={projects}
        />
      )}
    </>
  );
}
