import { describe, expect, it } from "vitest";
import { retryDelayMs } from "./socket";

describe("retryDelayMs", () => {
  it.each([
    [1, 0, 188],
    [1, 1, 313],
    [3, 0.5, 1000],
    [20, 0.5, 8000],
  ])("after %i failures with chance %d: %i ms", (failures, random, expected) => {
    expect(retryDelayMs(failures, random)).toBe(expected);
  });
});
