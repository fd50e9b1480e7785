/** What the radar found, by the task whose card says it. */
import type { Collision, TaskId } from "@/api/generated/types";

// The same list each time, so that a card without collisions is not drawn anew for it.
export const noCollisions: readonly Collision[] = [];

/** The collisions of each task. */
export function groupCollisions(collisions: readonly Collision[]): ReadonlyMap<TaskId, readonly Collision[]> {
  const groups = new Map<TaskId, Collision[]>();
  for (const collision of collisions) {
    const known = groups.get(collision.task_id);
    if (known) known.push(collision);
    else groups.set(collision.task_id, [collision]);
  }
  return groups;
}
