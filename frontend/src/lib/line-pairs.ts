/** Which removed line became which added line. */

type Kinded = { kind: "context" | "added" | "removed" };

/** In each run of removed lines and the added lines that follow, the first pairs with the first, and so on; by index, both ways. */
export function pairLines(lines: readonly Kinded[]): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  let at = 0;
  while (at < lines.length) {
    const removedFrom = at;
    const addedFrom = endOf(lines, removedFrom, "removed");
    const end = endOf(lines, addedFrom, "added");
    const count = Math.min(addedFrom - removedFrom, end - addedFrom);
    for (let index = 0; index < count; index += 1) {
      pairs.set(removedFrom + index, addedFrom + index);
      pairs.set(addedFrom + index, removedFrom + index);
    }
    at = Math.max(end, at + 1);
  }
  return pairs;
}

function endOf(lines: readonly Kinded[], from: number, kind: Kinded["kind"]): number {
  let at = from;
  while (lines[at]?.kind === kind) at += 1;
  return at;
}
