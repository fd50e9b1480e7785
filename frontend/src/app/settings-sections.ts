/** The sections of the settings and their addresses. */
import type { Project } from "@/api/generated/types";
import type { SettingsGroup } from "@/features/settings/components/settings-nav";
import { projectKey } from "@/lib/paths";

const boardSections = [
  { section: "general", label: "General" },
  { section: "agents", label: "Agent profiles" },
] as const;

const projectSections = [
  { section: "project", label: "Project" },
  { section: "runs", label: "Runs" },
  { section: "rules", label: "Always allowed" },
  { section: "trust", label: "Trust" },
] as const;

/** Everything that has settings, each with its sections. */
export function settingsGroups(projects: readonly Project[]): readonly SettingsGroup[] {
  return [
    {
      title: "Everything",
      entries: boardSections.map(({ section, label }) => ({ key: section, label, href: `/settings/${section}` })),
    },
    ...projects.map((project) => ({
      title: project.name,
      entries: projectSections.map(({ section, label }) => ({
        key: `${project.id} ${section}`,
        label,
        href: `/p/${projectKey(project, projects)}/settings/${section}`,
      })),
    })),
  ];
}
