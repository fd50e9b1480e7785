import { describe, expect, test } from "vitest";
import type { DiffFileHunks, DiffLine } from "@/api/generated/types";
import { aDiffFile } from "@/testing/fixtures";
import { anchorAt, filesBetween, foldsByItself, guessHeight, headPx, layOut, placeOf } from "./layout";
import { type DiffRow, fileRows, firstAfter, rowsBetween, withoutSpaces } from "./rows";
import { filterFiles, orderFiles, treeRows } from "./tree";

const file = aDiffFile;

/** Lines from signs and texts: ` a`, `-b`, `+c`. */
function linesOf(texts: readonly string[]): DiffLine[] {
  let oldNo = 1;
  let newNo = 1;
  return texts.map((text): DiffLine => {
    if (text.startsWith("+")) return { kind: "added", old_no: null, new_no: newNo++, text: text.slice(1) };
    if (text.startsWith("-")) return { kind: "removed", old_no: oldNo++, new_no: null, text: text.slice(1) };
    return { kind: "context", old_no: oldNo++, new_no: newNo++, text: text.slice(1) };
  });
}

const hunksOf = (texts: readonly string[], change: Partial<DiffFileHunks> = {}): DiffFileHunks => ({
  file: file("a.ts"),
  hunks:
    texts.length === 0
      ? []
      : [{ old_start: 1, old_lines: 2, new_start: 1, new_lines: 2, section: "fn f", lines: linesOf(texts) }],
  notes: [],
  ...change,
});

function sketch(row: DiffRow): string {
  switch (row.type) {
    case "note":
    case "hunk":
      return row.text;
    case "line":
      return `${row.side.line.kind} ${row.side.line.text}${row.side.partner ? ` (${row.side.partner.text})` : ""}`;
    case "pair":
      return `${row.left?.line.text ?? "·"} | ${row.right?.line.text ?? "·"}`;
  }
}

describe("rows of a file", () => {
  const texts = [" a", "-b", "-c", "+B", " d", "+e"];

  test("unified", () => {
    expect(fileRows(hunksOf(texts), "unified", false).rows.map(sketch)).toEqual([
      "@@ −1,2 +1,2 @@ fn f",
      "context a",
      "removed b (B)",
      "removed c",
      "added B (b)",
      "context d",
      "added e",
    ]);
  });

  test("split", () => {
    expect(fileRows(hunksOf(texts), "split", false).rows.map(sketch)).toEqual([
      "@@ −1,2 +1,2 @@ fn f",
      "a | a",
      "b | B",
      "c | ·",
      "d | d",
      "· | e",
    ]);
  });

  test("white space alone becomes context, with both numbers", () => {
    expect(withoutSpaces(linesOf(["-if(a){", "+  if (a) {", "-b", "+c"]))).toEqual([
      { kind: "context", old_no: 1, new_no: 1, text: "  if (a) {" },
      { kind: "removed", old_no: 2, new_no: null, text: "b" },
      { kind: "added", old_no: null, new_no: 2, text: "c" },
    ]);
  });

  test.each<[string, Partial<DiffFileHunks>, string[]]>([
    ["binary", { file: file("a.png", { binary: true }) }, ["Binary file: its content is not shown."]],
    [
      "too large",
      { file: file("a.sql", { too_large: true }) },
      ["Too large to be shown here. Open it in the worktree."],
    ],
    [
      "moved",
      { file: file("b.ts", { status: "renamed", old_path: "a.ts" }) },
      ["Moved without a change of its content."],
    ],
    ["mode", { notes: ["mode 100644 → 100755"] }, ["mode 100644 → 100755"]],
    ["empty", { file: file("a", { status: "added" }) }, ["New, empty file."]],
  ])("%s", (_name, change, expected) => {
    expect(fileRows(hunksOf([], change), "unified", false).rows.map(sketch)).toEqual(expected);
  });

  test("a file of 100,000 lines is laid out at once, and a part of it is found", () => {
    const startedAt = performance.now();
    const { rows, tops } = fileRows(
      hunksOf(Array.from({ length: 100_000 }, (_, index) => `+line ${index}`)),
      "split",
      true,
    );
    expect(rows).toHaveLength(100_001);
    expect(tops.at(-1)).toBe(24 + 100_000 * 20);
    expect(rowsBetween(tops, 24 + 20 * 50_000, 24 + 20 * 50_010)).toEqual({ first: 50_001, end: 50_012 });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test("the longest line counts its tabs", () => {
    expect(fileRows(hunksOf([" \t\tab", "+abc"]), "unified", false).columns).toBe(10);
  });
});

test("entries not above a value", () => {
  const tops = Uint32Array.of(0, 24, 44, 64);
  expect([0, 23, 24, 63, 64, 100].map((value) => firstAfter(tops, value))).toEqual([1, 1, 2, 3, 4, 4]);
  expect(rowsBetween(tops, 0, 10)).toEqual({ first: 0, end: 1 });
  expect(rowsBetween(tops, 30, 50)).toEqual({ first: 1, end: 3 });
  expect(rowsBetween(Uint32Array.of(0), 0, 10)).toEqual({ first: 0, end: 0 });
});

describe("layout", () => {
  const paths = ["a", "b", "c"];
  const before = layOut([100, 200, 300]);

  test("places", () => {
    expect([...before.tops]).toEqual([0, 136, 372, 708]);
    expect(filesBetween(before, 140, 380)).toEqual({ first: 1, end: 3 });
    expect(anchorAt(before, paths, 150)).toEqual({ path: "b", into: 14, height: 236 });
  });

  test("what grows above moves the view along", () => {
    const anchor = anchorAt(before, paths, 150);
    const after = layOut([900, 200, 300]);
    expect(anchor && placeOf(after, paths, anchor)).toBe(936 + 14);
  });

  test("within a guessed file the distance to its end stays", () => {
    const anchor = anchorAt(before, paths, 136 + 220);
    const after = layOut([100, 600, 300]);
    expect(anchor && placeOf(after, paths, anchor)).toBe(136 + 220 + 400);
  });

  test("at a file's head the view stays at its head", () => {
    const anchor = anchorAt(before, paths, 136);
    expect(anchor && placeOf(layOut([100, 5, 300]), paths, anchor)).toBe(136);
  });

  test("a file that is gone keeps nothing", () => {
    expect(placeOf(before, paths, { path: "gone", into: 0, height: 0 })).toBeUndefined();
  });

  test("guesses and folds", () => {
    expect(guessHeight(file("a", { binary: true }))).toBe(28);
    expect(guessHeight(file("a", { additions: 3 }))).toBe(200);
    expect(guessHeight(file("a", { additions: 100_000 }))).toBe(80_000);
    expect(
      [file("x/package-lock.json"), file("my-package-lock.json"), file("a.ts", { additions: 2000 })].map(foldsByItself),
    ).toEqual([true, false, true]);
    expect(headPx).toBe(36);
  });
});

describe("tree", () => {
  const files = [file("README"), file("src/b.ts"), file("db/1.sql"), file("src/a.ts"), file("src/api/x.ts")];

  test("folders by path, root last", () => {
    const rows = treeRows(orderFiles(files)).map((row) => (row.type === "folder" ? `${row.path}/` : row.name));
    expect(rows).toEqual(["db/", "1.sql", "src/", "a.ts", "b.ts", "src/api/", "x.ts", "README"]);
  });

  test.each([
    ["", 5],
    ["SRC", 3],
    ["src ts a", 2],
    ["nothing", 0],
  ])("filter %j", (query, count) => {
    expect(filterFiles(files, query)).toHaveLength(count);
  });
});
