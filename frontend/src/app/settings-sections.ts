/** The sections of the settings and their addresses. */
import type { Project, ProjectId } from "@/api/generated/types";
import type { SettingsGroup } from "@/features/settings/components/settings-nav";
import { projectKey } from "@/lib/paths";

const boardSections = [
  { section: "general", label: "General" },
  { section: "attention", label: "Attention" },
  { section: "agents", label: "Agent profiles" },
  { section: "github", label: "GitHub" },
] as const;

const projectSections = [
  { section: "project", label: "Project" },
  { section: "runs", label: "Runs" },
  { section: "gates", label: "Gates and merging" },
  { section: "rules", label: "Always allowed" },
  { section: "trust", label: "Trust" },
  { section: "recovery", label: "Recovery" },
] as const;

/** Everything that has settings: the sections of the board and of the open project, and the way to the others. */
export function settingsGroups(projects: readonly Project[], openId: ProjectId | undefined): readonly SettingsGroup[] {
  const href = (project: Project, section: string) => `/p/${projectKey(project, projects)}/settings/${section}`;
  const others = projects.filter((project) => project.id !== openId);
  return [
    {
      title: "Everything",
      entries: boardSections.map(({ section, label }) => ({ key: section, label, href: `/settings/${section}` })),
    },
    ...projects
      .filter((project) => project.id === openId)
      .map((project) => ({
        title: project.name,
        entries: projectSections.map(({ section, label }) => ({ key: section, label, href: href(project, section) })),
      })),
    {
      title: openId === undefined ? "Projects" : "Other projects",
      entries: others.map((project) => ({ key: project.id, label: project.name, href: href(project, "project") })),
    },
  ].filter((group) => group.entries.length > 0);
}
