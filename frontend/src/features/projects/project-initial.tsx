import type { Project } from "@/api/generated/types";

const colourCount = 6;

/** A project's letter on its colour; the colour follows from its id and never changes. */
export function ProjectInitial({ project }: { project: Project }) {
  const sum = Array.from(project.id).reduce((total, character) => total + character.charCodeAt(0), 0);
  return (
    <span
      aria-hidden
      className="inline-flex size-5 shrink-0 items-center justify-center rounded-sm text-2xs font-[650] text-[white]"
      style={{ background: `var(--project-${(sum % colourCount) + 1})` }}
    >
      {(project.name[0] ?? "?").toUpperCase()}
    </span>
  );
}
