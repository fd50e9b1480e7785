import { describe, expect, test } from "vitest";
import { languageOf, paintLine } from "./highlight";

const inks = (path: string, line: string) =>
  paintLine(line, languageOf(path))
    .filter((part) => part.ink !== "plain")
    .map((part) => `${part.ink} ${part.text}`);

describe("inks", () => {
  test.each([
    [
      "a.ts",
      "export const a: Order = 'x'; // why",
      ["keyword export", "keyword const", "type Order", "string 'x'", "comment // why"],
    ],
    ["a.rs", 'fn name(&\'a str) -> Result { "x" }', ["keyword fn", "type Result", 'string "x"']],
    ["a.py", "def f(): # why", ["keyword def", "comment # why"]],
    ["a.sql", "select 'a' from t -- why", ["keyword select", "string 'a'", "keyword from", "comment -- why"]],
    ["a.ts", " * part of a comment", ["comment  * part of a comment"]],
    ["a.ts", "const url = 'http://x/#y'", ["keyword const", "string 'http://x/#y'"]],
    ["README", "export const plain", []],
    ["a.ts", "const ".repeat(200), []],
  ])("%s: %s", (path, line, expected) => {
    expect(inks(path, line)).toEqual(expected);
  });

  test("marks cut the parts, and nothing is lost", () => {
    const line = "const body = await json();";
    const parts = paintLine(line, languageOf("a.ts"), [{ from: 8, to: 17 }]);
    expect(parts.map((part) => part.text).join("")).toBe(line);
    expect(
      parts
        .filter((part) => part.isMarked)
        .map((part) => part.text)
        .join(""),
    ).toBe("dy = awai");
  });

  test("a line that wants backtracking is quick", () => {
    const startedAt = performance.now();
    paintLine(`"${"\\".repeat(590)}`, languageOf("a.ts"));
    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});
