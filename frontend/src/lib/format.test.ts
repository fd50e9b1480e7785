import { describe, expect, it } from "vitest";
import { formatAgo, formatCost, formatCount, formatDuration, formatElapsed, formatWhen } from "./format";

describe("format", () => {
  it.each([
    [0, "0:00"],
    [42_000, "0:42"],
    [870_000, "14:30"],
    [3_723_000, "1:02:03"],
    [-5_000, "0:00"],
  ])("counts %i ms as %s", (elapsedMs, expected) => {
    expect(formatElapsed(elapsedMs)).toBe(expected);
  });

  it.each([
    [42_000, "42s"],
    [22 * 60_000, "22m"],
    [65 * 60_000, "1h 5m"],
    [120 * 60_000, "2h"],
    [59_700, "1m"],
  ])("sums %i ms up as %s", (durationMs, expected) => {
    expect(formatDuration(durationMs)).toBe(expected);
  });

  it("says how long ago, then the day", () => {
    const nowMs = new Date(2026, 10, 20, 14, 0).getTime();
    const ago = (ms: number) => formatAgo(new Date(nowMs - ms).toISOString(), nowMs);
    expect(ago(10_000)).toBe("just now");
    expect(ago(2 * 60_000)).toBe("2 min ago");
    expect(ago(3 * 3_600_000)).toBe("3 h ago");
    expect(ago(20 * 3_600_000)).toBe("yesterday");
    expect(ago(6 * 86_400_000)).toBe("14 Nov");
  });

  it("says when with the clock on the same day", () => {
    const nowMs = new Date(2026, 10, 20, 14, 0).getTime();
    expect(formatWhen(new Date(2026, 10, 20, 12, 4).toISOString(), nowMs)).toBe("12:04");
  });

  it.each([
    [0.41, "$0.41"],
    [0.004, "<$0.01"],
    [0, "$0.00"],
  ])("prices %d as %s", (costUsd, expected) => {
    expect(formatCost(costUsd)).toBe(expected);
  });

  it("counts with the right noun", () => {
    expect(formatCount(1, "change")).toBe("1 change");
    expect(formatCount(12, "change")).toBe("12 changes");
  });
});
