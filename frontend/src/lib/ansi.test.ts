import { describe, expect, test } from "vitest";
import { keepColours, parseAnsi, stripAnsi } from "./ansi";

const e = "\u001b";

describe("what a terminal would obey", () => {
  test.each([
    ["plain", "plain", "plain"],
    ["colour stays", `${e}[31mred${e}[0m`, `${e}[31mred${e}[0m`],
    ["256 colours stay", `${e}[38;5;200mx`, `${e}[38;5;200mx`],
    ["cursor moves go", `a${e}[2J${e}[10;10Hb`, "ab"],
    ["status query goes", `a${e}[6nb`, "ab"],
    ["private modes go", `${e}[?1049hx${e}[?25l`, "x"],
    ["a private m is no colour", `${e}[>4;1mx`, "x"],
    ["clipboard goes", `a${e}]52;c;aGVsbG8=\u0007b`, "ab"],
    ["title goes", `a${e}]0;title${e}\\b`, "ab"],
    ["hyperlink goes, its text stays", `${e}]8;;javascript:alert(1)${e}\\link${e}]8;;${e}\\`, "link"],
    ["C1 forms", "a\u009b31mb\u009d0;t\u009cc", `a${e}[31mbc`],
    ["device control string goes", `a${e}Pq#0;2${e}\\b`, "ab"],
    ["charset selection goes", `${e}(Bx${e}=y`, "xy"],
    ["nothing is written over", "good\rbad\r\nnext", "good\nbad\nnext"],
    ["backspace and bell go", "ab\bc\u0007", "abc"],
    ["a command without its end swallows nothing", `a${e}]52;c;rest of the text`, "a52;c;rest of the text"],
    ["a broken end", `a${e}`, "a"],
    ["a broken sequence", `a${e}[31`, "a"],
    ["tabs and lines stay", "a\tb\nc", "a\tb\nc"],
  ])("%s", (_name, text, expected) => {
    expect(keepColours(text)).toBe(expected);
  });

  test("ten megabytes of introducers take linear time", () => {
    const text = `${e}]`.repeat(5_000_000);
    const startedAt = performance.now();
    expect(keepColours(text)).toBe("");
    expect(performance.now() - startedAt).toBeLessThan(8000);
  });

  test("unknown ends never leave a control character", () => {
    for (let code = 0; code < 0x100; code += 1) {
      const kept = keepColours(`a${e}${String.fromCharCode(code)}b${String.fromCharCode(code)}`);
      // oxlint-disable-next-line no-control-regex
      expect(kept.replaceAll(/\u001b\[[\d;:]*m/g, "")).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
    }
  });
});

test("spans have inks, bold and underline; hidden text is shown", () => {
  expect(parseAnsi(`${e}[1;31m✗${e}[0m ${e}[90mdim${e}[0m ${e}[8msecret`)).toEqual([
    { text: "✗", ink: "red", isBold: true, isUnderlined: false },
    { text: " ", ink: "plain", isBold: false, isUnderlined: false },
    { text: "dim", ink: "faint", isBold: false, isUnderlined: false },
    { text: " ", ink: "plain", isBold: false, isUnderlined: false },
    { text: "secret", ink: "plain", isBold: false, isUnderlined: false },
  ]);
  expect(stripAnsi(`${e}[31mred${e}[0m`)).toBe("red");
});
