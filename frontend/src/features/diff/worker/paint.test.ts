import { describe, expect, test } from "vitest";
import { codeParts } from "../paint-parts";
import { kinds } from "../file-lines";
import { grammarOf } from "./languages";
import { paintLines } from "./paint";

/** Lines with their inks in brackets, as `[keyword const] x`; marked words in braces. */
function painted(path: string, signed: readonly string[], more: { lead?: number; starts?: readonly number[] } = {}) {
  const texts = signed.map((line) => line.slice(1));
  const kindOf = signed.map((line) =>
    kinds.indexOf(line.startsWith("+") ? "added" : line.startsWith("-") ? "removed" : "context"),
  );
  const partnerOf = (index: number) => {
    if (signed[index]?.startsWith("-") && signed[index + 1]?.startsWith("+")) return texts[index + 1] ?? null;
    if (signed[index]?.startsWith("+") && signed[index - 1]?.startsWith("-")) return texts[index - 1] ?? null;
    return null;
  };
  const work = {
    path,
    lead: 0,
    starts: [],
    texts,
    kindOf,
    partners: texts.map((_, index) => partnerOf(index)),
    ...more,
  };
  return paintLines(work).map((paint, index) =>
    codeParts(texts[index + work.lead] ?? "", paint, [])
      .map((part) => {
        const text = part.ink === "plain" ? part.text : `[${part.ink} ${part.text}]`;
        return part.isMarked ? `{${text}}` : text;
      })
      .join(""),
  );
}

describe("inks", () => {
  test.each<[string, string[], string[]]>([
    ["a.ts", [" const x: Order = 'a';"], ["[keyword const] x: [type Order] = [string 'a'];"]],
    [
      "a.tsx",
      [" return <p>don't</p>; // why"],
      ["[keyword return] <[keyword p]>don't</[keyword p]>; [comment // why]"],
    ],
    ["a.rs", [" /* one", "  two */ let a = 1;"], ["[comment /* one]", "[comment  two */] [keyword let] a = 1;"]],
    ["a.py", [' """one', ' two"""', " x = None"], ['[string """one]', '[string two"""]', "x = [keyword None]"]],
    ["a.go", [" a < b && c"], ["a < b && c"]],
    ["a.unknown", [" const x"], ["const x"]],
  ])("%s", (path, lines, expected) => {
    expect(painted(path, lines)).toEqual(expected);
  });

  test("a comment that began before the hunk", () => {
    expect(painted("a.ts", ["  * of it", "  */", " let a;"])).toEqual([
      "[comment  * of it]",
      "[comment  */]",
      "[keyword let] a;",
    ]);
  });

  test("each side is read by itself", () => {
    expect(painted("a.ts", ["-/* old", "+let a;", " let b;"])).toEqual([
      "[comment /* old]",
      "[keyword let] a;",
      "[keyword let] b;",
    ]);
  });

  test("hunks are read apart, and what is only read along gets no paint", () => {
    expect(painted("a.ts", [" /* open", " let a;"], { starts: [1] })).toEqual([
      "[comment /* open]",
      "[keyword let] a;",
    ]);
    expect(painted("a.ts", [" /* open", " let a;"], { lead: 1 })).toEqual(["[comment let a;]"]);
  });

  test("changed words are marked", () => {
    expect(painted("a.txt", ["-size is 120 px", "+size is 128 px"])).toEqual(["size is {120} px", "size is {128} px"]);
  });
});

test.each([
  ["x.ts", "typescript"],
  ["x.jsx", "javascript"],
  ["x.json", "json"],
  ["x.rs", "rust"],
  ["x.py", "python"],
  ["x.go", "go"],
  ["x.java", "java"],
  ["x.css", "css"],
  ["x.html", "xml"],
  ["README.md", "markdown"],
  ["x.sh", "bash"],
  ["x.yml", "yaml"],
  ["Cargo.toml", "ini"],
  ["x.sql", "sql"],
  ["x.c", "c"],
  ["x.cpp", "cpp"],
  ["dir/Dockerfile", "dockerfile"],
  ["LICENSE", undefined],
])("grammar of %s", (path, grammar) => {
  expect(grammarOf(path)).toBe(grammar);
});
