/** The list of what waits: its groups, its order, and which one is in view. Knows nothing of React. */
import type { Ask } from "@/api/asks";
import type { Project, ProjectId } from "@/api/generated/types";

export type AskGroup = { project_id: ProjectId; name: string; asks: readonly Ask[] };

/** By project, the open one first; within one, who waits longest first. */
export function groupAsks(
  asks: readonly Ask[],
  projects: readonly Project[],
  openId: ProjectId | undefined,
  onlyId: ProjectId | undefined,
): readonly AskGroup[] {
  const ids = [...new Set(asks.map((ask) => ask.project_id))].filter((id) => onlyId === undefined || id === onlyId);
  const place = (id: ProjectId) => (id === openId ? -1 : projects.findIndex((project) => project.id === id));
  return ids
    .toSorted((left, right) => place(left) - place(right))
    .map((id) => ({
      project_id: id,
      name: projects.find((project) => project.id === id)?.name ?? "A project",
      asks: asks.filter((ask) => ask.project_id === id),
    }));
}

/** The next or previous one, around the ends; without one in view, the first. */
export function neighbour(asks: readonly Ask[], id: string | undefined, by: 1 | -1): Ask | undefined {
  const index = asks.findIndex((ask) => ask.id === id);
  if (index === -1) return asks[0];
  return asks[(index + by + asks.length) % asks.length];
}

/** What is in view: one that waits, or only the id of one that does not, of which the server knows more. */
export type Shown = { id: string; ask: Ask | undefined };

/**
 * The wanted one. Where it has just been answered, the one that took its place; where it was never in the list, as from
 * an old link, itself.
 */
export function shownAsk(
  asks: readonly Ask[],
  wanted: string | undefined,
  last: { id: string; index: number } | undefined,
): Shown | undefined {
  const found = asks.find((ask) => ask.id === wanted);
  if (found) return { id: found.id, ask: found };
  if (wanted !== undefined && last?.id !== wanted) return { id: wanted, ask: undefined };
  const next = asks[Math.min(last?.index ?? 0, asks.length - 1)];
  return next && { id: next.id, ask: next };
}
