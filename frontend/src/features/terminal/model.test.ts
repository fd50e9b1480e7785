import { describe, expect, test } from "vitest";
import { describePart, formatBytes, lastPart, LineReader, partAfter, partBefore, partBytes } from "./model";

describe("parts", () => {
  test.each([
    [0, { from: 0, to: 0 }],
    [100, { from: 0, to: 100 }],
    [partBytes, { from: 0, to: partBytes }],
    [partBytes + 1, { from: 1, to: partBytes + 1 }],
  ])("the end of %i bytes", (total, expected) => {
    expect(lastPart(total)).toEqual(expected);
  });

  test("from the end back to the start and forth again, nothing is left out", () => {
    const total = partBytes * 3 + 17;
    const back = [lastPart(total)];
    for (let part = lastPart(total); part.from > 0;) {
      part = partBefore(part);
      back.push(part);
    }
    expect(back).toHaveLength(4);
    expect(back.at(-1)?.from).toBe(0);
    let part = { from: 0, to: partBytes };
    while (part.to < total) part = partAfter(part, total);
    expect(part.to).toBe(total);
  });

  test("words", () => {
    expect(formatBytes(812)).toBe("812 B");
    expect(describePart({ from: 0, to: 45_000 }, 45_000)).toBe("all 45 kB");
    expect(describePart({ from: 300_000, to: 500_000 }, 1_200_000)).toBe("300 kB to 500 kB of 1.2 MB");
  });
});

describe("lines", () => {
  const text = 'ünï{"a":"日本"}\nzwei\n👩‍💻\nno end';
  const bytes = new TextEncoder().encode(text);

  test("any cut of the bytes gives the same text", () => {
    for (let first = 0; first <= bytes.length; first += 1) {
      const reader = new LineReader(true);
      const out = reader.read(bytes.slice(0, first)) + reader.read(bytes.slice(first));
      expect(out + reader.flush()).toBe(text);
    }
  });

  test("a part from the middle begins at a line", () => {
    const reader = new LineReader(false);
    expect(reader.read(bytes.slice(1))).toBe("zwei\n👩‍💻\n");
  });

  test("a line without end is not held back for ever", () => {
    const reader = new LineReader(true);
    expect(reader.read(new TextEncoder().encode("x".repeat(70_000)))).toHaveLength(70_000);
  });
});
