import { describe, expect, it } from "vitest";
import { aTask } from "@/testing/fixtures";
import { draftOf, newCriterion, parseLabels, titleProblem, toCreateTask, toUpdateTask } from "./form-values";

describe("the task form", () => {
  it("makes a request of what was filled in", () => {
    const draft = {
      ...draftOf(undefined, " Fix the cart "),
      labels: "api, , api,checkout",
      priority: "high",
      criteria: [newCriterion(" total is right "), newCriterion("  ")],
    };
    expect(toCreateTask(draft, "todo")).toEqual({
      title: "Fix the cart",
      description: "",
      status: "todo",
      labels: ["api", "checkout"],
      priority: "high",
      size: null,
      agent_id: null,
      mode: null,
      criteria: ["total is right"],
    });
  });

  it("changes nothing when nothing was changed", () => {
    const criterion = { id: "c1", text: "works", done: true, evidence: "test" };
    const task = aTask(1, { labels: ["api"], priority: "low", size: "s", mode: "plan", criteria: [criterion] });
    expect(toUpdateTask(draftOf(task, ""))).toEqual({
      title: task.title,
      description: "",
      labels: ["api"],
      priority: "low",
      size: "s",
      agent_id: null,
      mode: "plan",
      criteria: [criterion],
    });
  });

  it("keeps a value out that is no priority", () => {
    expect(toCreateTask({ ...draftOf(undefined, "x"), priority: "asap" }, "todo").priority).toBeNull();
  });

  it.each([
    ["  ", true],
    ["x", false],
    ["x".repeat(501), true],
  ])("judges the title %j", (title, isProblem) => {
    expect(titleProblem(title) !== undefined).toBe(isProblem);
  });

  it("reads labels without repeats and blanks", () => {
    expect(parseLabels(" a,b , a,,")).toEqual(["a", "b"]);
  });
});
