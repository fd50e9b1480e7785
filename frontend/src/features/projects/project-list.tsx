import type { Project } from "@/api/generated/types";
import { Ago } from "@/components/elapsed";
import { CountBadge } from "@/components/ui/count-badge";
import { ProjectInitial } from "./project-initial";

type ProjectListProps = {
  projects: readonly Project[];
  /** How many wait for a person in each project. */
  needs: ReadonlyMap<string, number>;
  href: (project: Project) => string;
  onOpen: (project: Project) => void;
};

/** The projects on the home page, the one that changed last first. */
export function ProjectList({ projects, needs, href, onOpen }: ProjectListProps) {
  const recent = projects.toSorted((left, right) => right.updated_at.localeCompare(left.updated_at));
  return (
    <ul className="overflow-hidden rounded-md border bg-card">
      {recent.map((project) => (
        <li className="border-t first:border-t-0" key={project.id}>
          <a
            className="flex items-center gap-3 px-3 py-2 text-foreground hover:bg-accent focus-visible:-outline-offset-2"
            href={href(project)}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              onOpen(project);
            }}
          >
            <ProjectInitial project={project} />
            <span className="min-w-0 flex-1">
              <span className="block truncate font-[550]">{project.name}</span>
              <span className="block truncate font-mono text-2xs text-muted-foreground" title={project.path}>
                {project.path}
              </span>
            </span>
            <CountBadge count={needs.get(project.id) ?? 0} label="need you" />
            <span className="text-xs text-faint-foreground tabular-nums">
              <Ago at={project.updated_at} />
            </span>
          </a>
        </li>
      ))}
    </ul>
  );
}
