import { expect, test } from "vitest";
import { pairLines } from "./line-pairs";

const kinds = { " ": "context", "+": "added", "-": "removed" } as const;
const linesOf = (signs: string) =>
  signs.split("").map((sign) => ({ kind: sign === "+" ? kinds["+"] : sign === "-" ? kinds["-"] : kinds[" "] }));

test.each([
  ["", []],
  [
    " -+ ",
    [
      [1, 2],
      [2, 1],
    ],
  ],
  [
    "--+",
    [
      [0, 2],
      [2, 0],
    ],
  ],
  [
    "-++",
    [
      [0, 1],
      [1, 0],
    ],
  ],
  ["+-", []],
  [
    "-+-+",
    [
      [0, 1],
      [1, 0],
      [2, 3],
      [3, 2],
    ],
  ],
  ["---", []],
])("%j", (signs, expected) => {
  expect([...pairLines(linesOf(signs))].toSorted((left, right) => left[0] - right[0])).toEqual(expected);
});
