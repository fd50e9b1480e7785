/** The words of a decision about an attempt: what a button will do, and what stands against it. */
import type { Collision, MergeStyle, PullRequest } from "@/api/generated/types";

/** What a decision does. */
export type Decision = MergeStyle | "pr" | "keep";

/** A button names its effect. */
export function decisionName(decision: Decision, base: string): string {
  switch (decision) {
    case "merge":
      return `Merge into ${base}`;
    case "squash":
      return `Squash and merge into ${base}`;
    case "rebase":
      return `Rebase and merge into ${base}`;
    case "pr":
      return "Open pull request";
    case "keep":
      return "Approve and keep the branch";
  }
}

const checkWords: Record<PullRequest["checks"], string> = {
  none: "",
  pending: " · checks run",
  passing: " · checks pass",
  failing: " · checks fail",
};

/** `pull request 418 · checks pass` */
export function pullRequestLine({ number, state, checks }: PullRequest): string {
  if (state === "open") return `pull request ${number}${checkWords[checks]}`;
  return `pull request ${number} ${state}`;
}

export type CollisionLine = { text: string; path: string | undefined; more: string };

/** `conflicts with #14 in src/app.ts`: the first one; the others are counted. */
export function collisionLine(collisions: readonly Collision[], base: string): CollisionLine | undefined {
  const first = collisions[0];
  if (first === undefined) return undefined;
  const files = first.paths.length - 1;
  const others = collisions.length - 1;
  const more = [
    ...(files > 0 ? [`+${files} ${files === 1 ? "file" : "files"}`] : []),
    ...(others > 0 ? [`+${others} ${others === 1 ? "task" : "tasks"}`] : []),
  ];
  const path = first.paths[0];
  return { text: `conflicts with ${otherName(first, base)}${path ? " in" : ""}`, path, more: more.join(", ") };
}

/** All of it, for a title. */
export function describeCollisions(collisions: readonly Collision[], base: string): string {
  return collisions
    .map((collision) => `conflicts with ${otherName(collision, base)} in ${collision.paths.join(", ")}`)
    .join("\n");
}

function otherName(collision: Collision, base: string): string {
  return collision.with_number === null ? base : `#${collision.with_number}`;
}
