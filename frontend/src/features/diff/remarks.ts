/** What others put between the lines of a diff, as comments: the diff knows where they stand, not what they are. */
import type { ReactNode } from "react";
import type { DiffSide } from "@/api/generated/types";
import type { Remarks } from "./rows";

/** A line of one side, or the whole file. */
export type Place = { path: string; side: DiffSide; line: number | undefined };
export type Remark = Place & { key: string };

export type DiffReview = {
  remarks: readonly Remark[];
  /** How many comments each file has. */
  counts: ReadonlyMap<string, number>;
  render: (key: string) => ReactNode;
  /** Begins a comment; none where nobody may comment. */
  onComment: ((place: Place) => void) | undefined;
};

/** The remarks of each file, by the line that they are about. */
export function remarksByFile(remarks: readonly Remark[]): ReadonlyMap<string, Remarks> {
  const byPath = groupBy(remarks, (remark) => remark.path);
  return new Map([...byPath].map(([path, own]) => [path, remarksOf(own)]));
}

function remarksOf(remarks: readonly Remark[]): Remarks {
  const linesOf = (side: DiffSide) => {
    const own = remarks.filter((remark) => remark.side === side && remark.line !== undefined);
    const byLine = groupBy(own, (remark) => remark.line ?? 0);
    return new Map([...byLine].map(([line, list]) => [line, list.map((remark) => remark.key)]));
  };
  const head = remarks.filter((remark) => remark.line === undefined).map((remark) => remark.key);
  return { head, old: linesOf("old"), new: linesOf("new") };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
