import { describe, expect, it } from "vitest";
import { aProject } from "@/testing/fixtures";
import { findProject, projectKey } from "./paths";

const shop = aProject({ id: "1", name: "Shop Front" });
const twins = [aProject({ id: "2", name: "api" }), aProject({ id: "3", name: "API" })];
const nameless = aProject({ id: "4", name: "!!" });
const projects = [shop, ...twins, nameless];

describe("a project's address", () => {
  it.each([
    [shop, "shop-front"],
    [twins[0] ?? shop, "2"],
    [nameless, "4"],
  ])("is its slug, or its id where the slug is shared or empty", (project, key) => {
    expect(projectKey(project, projects)).toBe(key);
    expect(findProject(projects, key)).toBe(project);
  });

  it("is also its id", () => {
    expect(findProject(projects, "1")).toBe(shop);
    expect(findProject(projects, "gone")).toBeUndefined();
  });
});
