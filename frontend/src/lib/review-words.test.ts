import { describe, expect, it } from "vitest";
import type { Collision, PullRequest } from "@/api/generated/types";
import { collisionLine, decisionName, describeCollisions, pullRequestLine } from "./review-words";

const collision = (with_number: number | null, paths: string[]): Collision => ({
  task_id: "a",
  with_task_id: with_number === null ? null : "b",
  with_number,
  paths,
});

describe("a collision", () => {
  it.each<[Collision[], ReturnType<typeof collisionLine>]>([
    [[], undefined],
    [[collision(14, ["src/app.ts"])], { text: "conflicts with #14 in", path: "src/app.ts", more: "" }],
    [[collision(null, ["a", "b", "c"])], { text: "conflicts with main in", path: "a", more: "+2 files" }],
    [
      [collision(14, ["a", "b"]), collision(15, ["c"])],
      { text: "conflicts with #14 in", path: "a", more: "+1 file, +1 task" },
    ],
  ])("of %j is %j", (collisions, expected) => expect(collisionLine(collisions, "main")).toEqual(expected));

  it("is told whole in a title", () => {
    expect(describeCollisions([collision(14, ["a", "b"]), collision(null, ["c"])], "main")).toBe(
      "conflicts with #14 in a, b\nconflicts with main in c",
    );
  });
});

const pull: PullRequest = {
  repository: "o/r",
  number: 418,
  url: "https://example.org/418",
  state: "open",
  checks: "passing",
  error: null,
  checked_at: "2026-11-20T10:00:00.000Z",
};

describe("a pull request", () => {
  it.each<[Partial<PullRequest>, string]>([
    [{}, "pull request 418 · checks pass"],
    [{ checks: "none" }, "pull request 418"],
    [{ checks: "failing" }, "pull request 418 · checks fail"],
    [{ state: "merged" }, "pull request 418 merged"],
    [{ state: "closed", checks: "failing" }, "pull request 418 closed"],
  ])("with %j is %s", (part, expected) => expect(pullRequestLine({ ...pull, ...part })).toBe(expected));
});

it("names what a button does", () => {
  expect(decisionName("squash", "main")).toBe("Squash and merge into main");
  expect(decisionName("pr", "main")).toBe("Open pull request");
});
