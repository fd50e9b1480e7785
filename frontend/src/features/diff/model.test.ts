import { describe, expect, test } from "vitest";
import type { DiffFileHunks, DiffLine } from "@/api/generated/types";
import { aDiffFile } from "@/testing/fixtures";
import { anchorAt, filesBetween, foldsByItself, guessHeight, headPx, layOut, placeOf } from "./layout";
import { codeParts } from "./paint-parts";
import { joinLines, packContent, packLines } from "./file-lines";
import { findInFiles, spansOf } from "./find";
import { type Remark, remarksByFile } from "./remarks";
import { type DiffMode, type DiffRow, fileRows, firstAfter, type RowsInput, rowsBetween, textOf } from "./rows";
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
  next_offset: null,
  ...change,
});

const rowsOf = (hunks: DiffFileHunks, mode: DiffMode = "unified", more: Partial<RowsInput> = {}) =>
  fileRows({
    lines: packLines(hunks),
    mode,
    remarks: undefined,
    heights: new Map(),
    content: undefined,
    unfolds: new Map(),
    ...more,
  });

const sketches = (rows: ReturnType<typeof rowsOf>) =>
  Array.from({ length: rows.count }, (_, index) => sketch(rows.at(index)));

function sketch(row: DiffRow): string {
  switch (row.type) {
    case "note":
      return row.text;
    case "hunk":
      return row.hidden ? `${row.text} (${row.hidden.count ?? "?"} hidden)` : row.text;
    case "line":
      return `${row.line.kind} ${textOf(row.line)}`;
    case "pair":
      return [row.left, row.right].map((line) => (line ? textOf(line) : "·")).join(" | ");
    case "remark":
      return `${row.side ?? "file"}: ${row.key}`;
    case "images":
      return "images";
  }
}

describe("rows of a file", () => {
  const texts = [" a", "-b", "-c", "+B", " d", "+e"];

  test("unified", () => {
    expect(sketches(rowsOf(hunksOf(texts)))).toEqual([
      "@@ −1,2 +1,2 @@ fn f",
      "context a",
      "removed b",
      "removed c",
      "added B",
      "context d",
      "added e",
    ]);
  });

  test("split", () => {
    expect(sketches(rowsOf(hunksOf(texts), "split"))).toEqual([
      "@@ −1,2 +1,2 @@ fn f",
      "a | a",
      "b | B",
      "c | ·",
      "d | d",
      "· | e",
    ]);
  });

  test("partners, for the marks of changed words", () => {
    expect([...packLines(hunksOf(texts)).partner]).toEqual([-1, 3, -1, 1, -1, -1]);
  });

  test("what a file is called in its lines' numbers", () => {
    const lines = packLines(hunksOf(texts));
    expect([...lines.oldNo]).toEqual([1, 2, 3, 0, 4, 0]);
    expect([...lines.newNo]).toEqual([1, 0, 0, 2, 3, 4]);
  });

  test.each<[string, Partial<DiffFileHunks>, string[]]>([
    ["binary", { file: file("a.bin", { binary: true }) }, ["Binary file: its content is not shown."]],
    ["picture", { file: file("a.png", { binary: true }) }, ["images"]],
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
    expect(sketches(rowsOf(hunksOf([], change)))).toEqual(expected);
  });

  test("a file of 100,000 lines is laid out at once, and a part of it is found", () => {
    const startedAt = performance.now();
    const { count, tops } = rowsOf(hunksOf(Array.from({ length: 100_000 }, (_, index) => `+line ${index}`)), "split");
    expect(count).toBe(100_001);
    expect(tops.at(-1)).toBe(24 + 100_000 * 20);
    expect(rowsBetween(tops, 24 + 20 * 50_000, 24 + 20 * 50_010)).toEqual({ first: 50_001, end: 50_012 });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test("the longest line counts its tabs", () => {
    expect(rowsOf(hunksOf([" \t\tab", "+abc"])).columns).toBe(10);
  });
});

describe("lines that did not change", () => {
  const hunk = (at: number, texts: string[]) => ({
    old_start: at,
    old_lines: 3,
    new_start: at,
    new_lines: 3,
    section: "",
    lines: linesOf(texts).map((line) => ({
      ...line,
      old_no: line.old_no && line.old_no + at - 1,
      new_no: line.new_no && line.new_no + at - 1,
    })),
  });
  const hunks = {
    file: file("a.ts"),
    hunks: [hunk(4, [" d", "-e", "+E", " f"]), hunk(9, [" i", "-j", "+J", " k", " l", " m"])],
    notes: [],
    next_offset: null,
  };
  const content = packContent(file("a.ts"), "abcdEfghiJklmno".split("").join("\n"));

  test("are counted where it is known", () => {
    expect(sketches(rowsOf(hunks)).filter((row) => row.includes("@@") || row.includes("hidden"))).toEqual([
      "@@ −4,3 +4,3 @@ (3 hidden)",
      "@@ −9,3 +9,3 @@ (2 hidden)",
      " (? hidden)",
    ]);
  });

  test("are unfolded from either end, and the header goes when nothing is hidden", () => {
    const unfolds = new Map([
      [0, { head: 0, tail: 1 }],
      [1, { head: 20, tail: 0 }],
      [2, { head: 1, tail: 0 }],
    ]);
    const rows = sketches(rowsOf(hunks, "unified", { content, unfolds }));
    expect(rows.slice(0, 2)).toEqual(["@@ −4,3 +4,3 @@ (2 hidden)", "context c"]);
    expect(rows.slice(6, 9)).toEqual(["context g", "context h", "context i"]);
    expect(rows.slice(-2)).toEqual(["context l", " (3 hidden)"]);
  });
});

describe("pages of a long file", () => {
  const pageOf = (from: number, to: number, next: number | null): DiffFileHunks => {
    const texts = [" a", "-b", "+B", "+C", " d", "+e"];
    const lines = linesOf(texts).slice(from, to);
    const first = { old: lines[0]?.old_no ?? 2, new: lines[0]?.new_no ?? 2 };
    const count = (side: "old_no" | "new_no") => lines.filter((line) => line[side] !== null).length;
    const hunk = { old_start: first.old, old_lines: count("old_no"), new_start: first.new, new_lines: count("new_no") };
    return { file: file("a.ts"), hunks: [{ ...hunk, section: "", lines }], notes: [], next_offset: next };
  };
  const whole = packLines(pageOf(0, 6, null));

  test.each([1, 3, 4, 5])("are one file again, cut after line %i", (cut) => {
    const joined = joinLines(packLines(pageOf(0, cut, cut)), packLines(pageOf(cut, 6, null)));
    expect(joined.hunks.map(({ from, to, new_lines }) => [from, to, new_lines])).toEqual([[0, 6, 5]]);
    expect([joined.text, [...joined.ends], [...joined.newNo]]).toEqual([whole.text, [...whole.ends], [...whole.newNo]]);
    expect(joined.nextOffset).toBeUndefined();
  });

  test("keep hunks apart that are apart", () => {
    const far = pageOf(0, 1, null);
    const moved = far.hunks.map((hunk) => ({
      ...hunk,
      old_start: 40,
      new_start: 40,
      lines: hunk.lines.map((line) => ({ ...line, old_no: 40, new_no: 40 })),
    }));
    expect(joinLines(whole, packLines({ ...far, hunks: moved })).hunks).toHaveLength(2);
  });
});

describe("remarks", () => {
  const texts = [" a", "-b", "+B", " c"];
  const remark = (key: string, side: Remark["side"], line?: number): Remark => ({ key, path: "a.ts", side, line });
  const place = (list: Remark[], mode: DiffMode) =>
    sketches(rowsOf(hunksOf(texts), mode, { remarks: remarksByFile(list).get("a.ts") })).slice(0);

  test("stand below their line, on their side", () => {
    const list = [remark("x", "old", 2), remark("y", "new", 2), remark("z", "new", 3)];
    expect(place(list, "unified").slice(1)).toEqual([
      "context a",
      "removed b",
      "old: x",
      "added B",
      "new: y",
      "context c",
      "new: z",
    ]);
    expect(place(list, "split").slice(1)).toEqual(["a | a", "b | B", "old: x", "new: y", "c | c", "new: z"]);
  });

  test("whose line is not shown stand at the file's head", () => {
    expect(place([remark("far", "new", 90), remark("whole", "new")], "unified").slice(0, 2)).toEqual([
      "file: whole",
      "file: far",
    ]);
  });

  test("are as high as they were measured", () => {
    const remarks = remarksByFile([remark("x", "new", 2)]).get("a.ts");
    const before = rowsOf(hunksOf(texts));
    const after = rowsOf(hunksOf(texts), "unified", { remarks, heights: new Map([["x", 57]]) });
    expect((after.tops.at(-1) ?? 0) - (before.tops.at(-1) ?? 0)).toBe(57);
    expect(after.rowOfRemark("x")).toBe(4);
  });

  test("that grow above the view leave its first line where it is", () => {
    const remarks = remarksByFile([remark("x", "new", 1)]).get("a.ts");
    const laid = (height: number) => {
      const rows = rowsOf(hunksOf(texts), "unified", { remarks, heights: new Map([["x", height]]) });
      return layOut([{ height: rows.tops.at(-1) ?? 0, rows }]);
    };
    const anchor = anchorAt(laid(50), ["a.ts"], headPx + 24 + 20 + 50 + 25);
    expect(anchor?.line).toEqual({ index: 2, into: 5 });
    expect(anchor && placeOf(laid(90), ["a.ts"], anchor)).toBe(headPx + 24 + 20 + 90 + 25);
  });
});

describe("finding", () => {
  const lines = packLines(hunksOf([" Alpha", "+beta alpha alpha", "-gamma"]));

  test("in paths and lines, once for each line", () => {
    const { matches } = findInFiles("ALPHA", ["x/alpha.ts", "b.ts"], (path) => (path === "b.ts" ? lines : undefined));
    expect(matches).toEqual([
      { path: "x/alpha.ts", line: undefined },
      { path: "b.ts", line: 0 },
      { path: "b.ts", line: 1 },
    ]);
    expect(findInFiles("", ["a"], () => lines).matches).toEqual([]);
  });

  test("a line's places", () => {
    expect(spansOf("beta alpha Alpha", "alpha")).toEqual([
      { from: 5, to: 10 },
      { from: 11, to: 16 },
    ]);
  });
});

test("parts of a line", () => {
  const paint = [5, 1, 6, 0, 9, 10];
  expect(codeParts("const x=1;", paint, [{ from: 2, to: 6 }]).map((part) => Object.values(part).join(" "))).toEqual([
    "co keyword false false",
    "nst keyword false true",
    "  plain false true",
    "x=1 string true false",
    "; plain false false",
  ]);
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
  const before = layOut([100, 200, 300].map((height) => ({ height })));

  test("places", () => {
    expect([...before.tops]).toEqual([0, 136, 372, 708]);
    expect(filesBetween(before, 140, 380)).toEqual({ first: 1, end: 3 });
    expect(anchorAt(before, paths, 150)).toEqual({ path: "b", into: 14, height: 236 });
  });

  test("what grows above moves the view along", () => {
    const anchor = anchorAt(before, paths, 150);
    const after = layOut([900, 200, 300].map((height) => ({ height })));
    expect(anchor && placeOf(after, paths, anchor)).toBe(936 + 14);
  });

  test("within a guessed file the distance to its end stays", () => {
    const anchor = anchorAt(before, paths, 136 + 220);
    const after = layOut([100, 600, 300].map((height) => ({ height })));
    expect(anchor && placeOf(after, paths, anchor)).toBe(136 + 220 + 400);
  });

  test("at a file's head the view stays at its head", () => {
    const anchor = anchorAt(before, paths, 136);
    expect(anchor && placeOf(layOut([100, 5, 300].map((height) => ({ height }))), paths, anchor)).toBe(136);
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

  test("a closed folder hides its files", () => {
    const rows = treeRows(orderFiles(files), new Set(["src"]));
    expect(rows.map((row) => (row.type === "folder" ? `${row.path}/` : row.name))).toEqual([
      "db/",
      "1.sql",
      "src/",
      "src/api/",
      "x.ts",
      "README",
    ]);
  });

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
