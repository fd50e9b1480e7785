import { describe, expect, it } from "vitest";
import type { GateMark, GateState } from "@/api/generated/types";
import { describeGates, gateLook, gatesStanding } from "./gates";

const mark = (name: string, state: GateState, is_stale = false): GateMark => ({ name, state, is_stale });

describe("the standing of gates", () => {
  it.each<[GateMark[], ReturnType<typeof gatesStanding>]>([
    [[], { type: "none" }],
    [[mark("lint", "passed"), mark("test", "passed")], { type: "passed" }],
    [[mark("lint", "passed"), mark("test", "passed", true)], { type: "stale" }],
    [[mark("lint", "failed"), mark("test", "running")], { type: "running", names: ["test"] }],
    [[mark("lint", "failed"), mark("test", "queued")], { type: "running", names: ["test"] }],
    [[mark("lint", "timed_out"), mark("test", "lost")], { type: "failed", names: ["lint", "test"] }],
    [[mark("lint", "passed"), mark("test", "cancelled")], { type: "open", names: ["test"] }],
    [[mark("lint", "not_run")], { type: "open", names: ["lint"] }],
  ])("of %j is %j", (gates, expected) => expect(gatesStanding(gates)).toEqual(expected));

  it("never takes what nobody knows for passed", () => {
    for (const state of ["lost", "cancelled", "timed_out", "not_run"] as const) {
      expect(gateLook(state)).not.toBe("passed");
    }
  });

  it("is told gate by gate", () => {
    expect(describeGates([mark("lint", "passed", true), mark("test", "failed")])).toBe(
      "lint passed on an older state, test failed",
    );
  });
});
