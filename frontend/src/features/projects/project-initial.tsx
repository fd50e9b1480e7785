import type { Project } from "@/api/generated/types";

const colourCount = 6;

/** A project's letter on its colour; the colour follows from its id and never changes. */
export function ProjectInitial({ project }: { project: Project }) {
  return (
    <span
      aria-hidden
      className="inline-flex size-5 shrink-0 items-center justify-center rounded-sm text-2xs font-[650] text-[white]"
      style={{ background: `var(--project-${colourOf(project.id)})` }}
    >
      {(project.name[0] ?? "?").toUpperCase()}
    </span>
  );
}

// FNV-1a: ids made in the same moment differ in a few characters only, and must still get colours of their own.
function colourOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  return ((hash >>> 0) % colourCount) + 1;
}
