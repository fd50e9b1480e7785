/** The smallest change between two short sequences, with a bounded cost. */

export type Change<Item> = { kind: "same" | "removed" | "added"; item: Item };

/**
 * What was removed and added on the way from `before` to `after`. Equal ends cost nothing; where the rest is larger
 * than `cellsMax` comparisons, all of it counts as replaced.
 */
export function diffSequences<Item>(before: readonly Item[], after: readonly Item[], cellsMax: number): Change<Item>[] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1;
  const same = (item: Item): Change<Item> => ({ kind: "same", item });
  return [
    ...before.slice(0, head).map(same),
    ...diffMiddle(before.slice(head, before.length - tail), after.slice(head, after.length - tail), cellsMax),
    ...before.slice(before.length - tail).map(same),
  ];
}

function diffMiddle<Item>(before: readonly Item[], after: readonly Item[], cellsMax: number): Change<Item>[] {
  if (before.length === 0 || after.length === 0 || before.length * after.length > cellsMax) {
    return [
      ...before.map((item): Change<Item> => ({ kind: "removed", item })),
      ...after.map((item): Change<Item> => ({ kind: "added", item })),
    ];
  }
  return walk(before, after, commonLengths(before, after));
}

/** `lengths[i * width + j]`: how much of `before` from i and `after` from j can stay. */
function commonLengths<Item>(before: readonly Item[], after: readonly Item[]): Uint32Array {
  const width = after.length + 1;
  const lengths = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const at = i * width + j;
      const diagonal = (lengths[at + width + 1] ?? 0) + 1;
      lengths[at] = before[i] === after[j] ? diagonal : Math.max(lengths[at + width] ?? 0, lengths[at + 1] ?? 0);
    }
  }
  return lengths;
}

function walk<Item>(before: readonly Item[], after: readonly Item[], lengths: Uint32Array): Change<Item>[] {
  const width = after.length + 1;
  const changes: Change<Item>[] = [];
  let j = 0;
  for (const [i, item] of before.entries()) {
    // Added items come first only where something common still follows them.
    while (
      j < after.length &&
      item !== after[j] &&
      (lengths[i * width + j + 1] ?? 0) > (lengths[(i + 1) * width + j] ?? 0)
    ) {
      changes.push(...after.slice(j, j + 1).map((added): Change<Item> => ({ kind: "added", item: added })));
      j += 1;
    }
    const stays = j < after.length && item === after[j];
    changes.push({ kind: stays ? "same" : "removed", item });
    if (stays) j += 1;
  }
  return [...changes, ...after.slice(j).map((item): Change<Item> => ({ kind: "added", item }))];
}
