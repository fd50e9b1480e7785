import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Outlet, useMatch, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { errorMessage } from "@/api/errors";
import type { Project, Task } from "@/api/generated/types";
import { projectsQuery } from "@/api/projects";
import { tasksQuery } from "@/api/tasks";
import { Button } from "@/components/ui/button";
import { BoardSkeleton } from "@/features/board/components/board-skeleton";
import { findProject } from "@/lib/paths";
import { useTitle } from "@/lib/use-title";
import { BoardView } from "./board-view";
import { MessagePage, MissingPage } from "./message-page";
import { OfflineStrip } from "./offline-strip";

const TrustStrip = lazy(async () => ({ default: (await import("@/features/trust/trust-strip")).TrustStrip }));

const boardRoute = getRouteApi("/p/$project");

/** A project's board, with the open task over it. */
export function BoardPage() {
  const { project: key } = boardRoute.useParams();
  const projects = useQuery(projectsQuery());
  // What was read stays on display when reading it again fails: the strip says that there is no connection.
  if (projects.isError && projects.data === undefined)
    return <Failed error={projects.error} onRetry={() => void projects.refetch()} what="projects" />;
  if (projects.data === undefined) return <BoardSkeleton />;
  const project = findProject(projects.data, key);
  return project ? <ProjectBoard key={project.id} project={project} /> : <MissingPage />;
}

function ProjectBoard({ project }: { project: Project }) {
  useTitle(`${project.name} · eval-kanban`);
  const tasks = useQuery(tasksQuery(project.id));
  if (tasks.data) return <LoadedBoard project={project} tasks={tasks.data} />;
  if (tasks.isError) return <Failed error={tasks.error} onRetry={() => void tasks.refetch()} what="tasks" />;
  return <BoardSkeleton />;
}

function LoadedBoard({ project, tasks }: { project: Project; tasks: readonly Task[] }) {
  const search = boardRoute.useSearch();
  const { project: key } = boardRoute.useParams();
  const navigate = useNavigate();
  const openNumber = useMatch({ from: "/p/$project/t/$number", shouldThrow: false })?.params.number;
  const open = (number: number) =>
    void navigate({
      to: "/p/$project/t/$number",
      params: { project: key, number: String(number) },
      search: (old) => ({ q: old.q, lane: old.lane }),
    });
  const change = (part: Partial<typeof search>) =>
    void navigate({ to: ".", search: (old) => ({ ...old, ...part }), replace: true });
  const review = () =>
    void navigate({ to: "/p/$project/settings/$section", params: { project: key, section: "trust" } });
  return (
    <BoardView
      lane={search.lane}
      onLane={(lane) => change({ lane })}
      onOpen={open}
      onQuery={(query) => change({ q: query || undefined })}
      openNumber={openNumber === undefined ? undefined : Number(openNumber)}
      pathOf={(task) => `/p/${key}/t/${task.number}`}
      project={project}
      query={search.q ?? ""}
      strip={
        <>
          <OfflineStrip />
          <Suspense fallback={null}>
            <TrustStrip onReview={review} project={project} />
          </Suspense>
        </>
      }
      tasks={tasks}
    >
      <Outlet />
    </BoardView>
  );
}

function Failed({ error, what, onRetry }: { error: unknown; what: string; onRetry: () => void }) {
  return (
    <MessagePage action={<Button onClick={onRetry}>Try again</Button>} title={`The ${what} could not be read`}>
      {errorMessage(error)}
    </MessagePage>
  );
}
