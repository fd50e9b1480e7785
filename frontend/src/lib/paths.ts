import type { Project } from "@/api/generated/types";

/** A project's name as it stands in an address: its slug, or its id where two share the slug. */
export function projectKey(project: Project, projects: readonly Project[]): string {
  const slug = slugOf(project.name);
  const isShared = projects.some((other) => other.id !== project.id && slugOf(other.name) === slug);
  return slug === "" || isShared ? project.id : slug;
}

/** The project that an address names. */
export function findProject(projects: readonly Project[], key: string): Project | undefined {
  return (
    projects.find((project) => project.id === key) ?? projects.find((project) => projectKey(project, projects) === key)
  );
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(/[^\p{Letter}\p{Number}]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
}
