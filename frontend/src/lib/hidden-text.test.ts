import { describe, expect, test } from "vitest";
import { escapeHidden, escapeInProse, escapeReordering, revealHidden } from "./hidden-text";

describe("hidden characters", () => {
  test.each([
    ["npm test", "npm test"],
    ["two\tcells\nand a line", "two\tcells\nand a line"],
    ["rm\u202e txt", "rm\\u202e txt"],
    ["a\u200bb\u2060c\ufeff", "a\\u200bb\\u2060c\\ufeff"],
    ["echo safe\rrm -rf /", "echo safe\\rrm -rf /"],
    ["\u001b[8mhidden", "\\e[8mhidden"],
    ["\u009b31m", "\\x9b31m"],
    ["tag \u{e0041}", "tag \\u{e0041}"],
    ["ñandú 日本 שלום", "ñandú 日本 שלום"],
  ])("%j becomes %j", (text, expected) => {
    expect(escapeHidden(text)).toBe(expected);
    expect(
      revealHidden(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(expected);
  });

  test("escapes are told apart from the same letters as text", () => {
    expect(revealHidden("\\u202e\u202e")).toEqual([
      { text: "\\u202e", isEscape: false },
      { text: "\\u202e", isEscape: true },
    ]);
  });

  test("prose keeps what scripts and emoji need", () => {
    expect(escapeInProse("👩‍💻 می‌خواهم ☎️\r\n")).toBe("👩‍💻 می‌خواهم ☎️\n");
    expect(escapeInProse("abc\u202etxt")).toBe("abc\\u202etxt");
    expect(escapeReordering("\u001b[31ma\u2066b")).toBe("\u001b[31ma\\u2066b");
  });
});
