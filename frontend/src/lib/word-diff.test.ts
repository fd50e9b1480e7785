import { describe, expect, test } from "vitest";
import { diffSequences } from "./sequence-diff";
import { markWords } from "./word-diff";

const cut = (line: string, spans: readonly { from: number; to: number }[]) =>
  spans.map((span) => line.slice(span.from, span.to));

describe("word marks", () => {
  test.each([
    ["{ key: 'createdAt' }", "{ key: 'placedAt' }", ["createdAt"], ["placedAt"]],
    ["import { a } from 'x';", "import { a, b } from 'x';", [], [", b"]],
    ["same", "same", [], []],
    ["return bad('items');", "return bad(toErrors(parsed));", ["'items'"], ["toErrors(parsed)"]],
    ["completely different words", "nothing(of, it);", [], []],
    ["", "new", [], []],
  ])("%j → %j", (before, after, removed, added) => {
    const marks = markWords(before, after);
    expect(cut(before, marks.removed)).toEqual(removed);
    expect(cut(after, marks.added)).toEqual(added);
  });

  test("a very long line costs nothing", () => {
    expect(markWords("a ".repeat(100_000), "b ".repeat(100_000))).toEqual({ removed: [], added: [] });
  });
});

describe("sequences", () => {
  const apply = (changes: readonly { kind: string; item: number }[], kinds: string[]) =>
    changes.filter((change) => kinds.includes(change.kind)).map((change) => change.item);

  test("both sides can be rebuilt, whatever they are", () => {
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    for (let round = 0; round < 300; round += 1) {
      const before = Array.from({ length: next(12) }, () => next(4));
      const after = Array.from({ length: next(12) }, () => next(4));
      const changes = diffSequences(before, after, round % 5 === 0 ? 10 : 10_000);
      expect(apply(changes, ["same", "removed"])).toEqual(before);
      expect(apply(changes, ["same", "added"])).toEqual(after);
    }
  });

  test("the change is smallest where the cost allows it", () => {
    const changes = diffSequences([1, 2, 3, 4, 5], [1, 3, 4, 6, 5], 1000);
    expect(changes.filter((change) => change.kind !== "same")).toEqual([
      { kind: "removed", item: 2 },
      { kind: "added", item: 6 },
    ]);
    const replaced = diffSequences([1, 2, 3], [4, 2, 5], 4);
    expect(replaced.map((change) => change.kind)).toEqual(["removed", "removed", "removed", "added", "added", "added"]);
  });
});
