import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { TooltipProvider } from "@/components/ui/tooltip";
import { createQueryClient } from "@/lib/query-client";
import { aProject, aTask, taskId } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { createAppRouter } from "./router";

const project = aProject();
const routes = {
  "GET /api/projects": () => ({ body: page([project]) }),
  [`GET /api/projects/${project.id}/tasks`]: () => ({ body: page([aTask(1), aTask(2, { status: "review" })]) }),
  "GET /api/agents": () => ({ body: page([]) }),
  [`GET /api/tasks/${taskId(1)}/attempts`]: () => ({ body: page([]) }),
};

function openApp(address: string) {
  history.replaceState(null, "", address);
  const client = createQueryClient();
  render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <RouterProvider router={createAppRouter(client)} />
      </TooltipProvider>
    </QueryClientProvider>,
  );
  return userEvent.setup();
}

describe("the app", () => {
  beforeEach(() => {
    mockNetwork(routes);
    vi.stubGlobal("scrollTo", () => undefined);
  });
  afterEach(() => vi.unstubAllGlobals());

  it("goes from the projects to a board by its name", async () => {
    const user = openApp("/");
    await screen.findByRole("heading", { name: "Projects", level: 1 });
    const links = screen.getAllByRole("link", { name: /atlas-web/ });
    await user.click(links[links.length - 1] ?? document.body);
    await screen.findByRole("region", { name: "Review" });
    expect(location.pathname).toBe("/p/atlas-web");
    expect(document.title).toBe("atlas-web · eval-kanban");
  });

  it("opens a task at its address and gives the focus back to its card", async () => {
    const user = openApp("/p/atlas-web?q=task");
    await user.click(await screen.findByRole("link", { name: "Task 1" }));
    await screen.findByRole("region", { name: "Task #1" });
    expect(location.pathname).toBe("/p/atlas-web/t/1");
    expect(location.search).toContain("q=task");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(location.pathname).toBe("/p/atlas-web"));
    await waitFor(() => expect(document.activeElement?.getAttribute("data-card")).toBe(taskId(1)));
  });

  it("keeps what is right in an address and drops the rest", async () => {
    openApp("/p/atlas-web?lane=nowhere&q=Task+2");
    await screen.findByText("Task 2");
    expect(screen.queryByText("Task 1")).toBeNull();
    expect(screen.getByText("1 hidden")).toBeDefined();
  });

  it.each([
    ["/p/gone", "Nothing stands at this address"],
    ["/nowhere/at/all", "Nothing stands at this address"],
    ["/p/atlas-web/t/99", "There is no task #99"],
    ["/settings/nowhere", "Nothing stands at this address"],
    ["/p/atlas-web/settings/nowhere", "Nothing stands at this address"],
  ])("says at %s: %s", async (address, sentence) => {
    openApp(address);
    expect(await screen.findByRole("heading", { name: sentence })).toBeDefined();
  });

  it("keeps settings at addresses of their own, and comes back from them", async () => {
    const user = openApp("/p/atlas-web");
    await user.click(await screen.findByRole("button", { name: "Settings" }));
    await screen.findByRole("heading", { name: "General" });
    expect(location.pathname).toBe("/settings/general");
    await user.click(screen.getByRole("link", { name: "Agent profiles" }));
    await screen.findByRole("heading", { name: "Agent profiles" });
    expect(location.pathname).toBe("/settings/agents");
    await user.keyboard("{Escape}");
    await screen.findByRole("region", { name: "Review" });
    expect(location.pathname).toBe("/p/atlas-web");
  });

  it("asks before it leaves a form that is not stored", async () => {
    const user = openApp("/p/atlas-web/settings/project");
    await user.type(await screen.findByRole("textbox", { name: "Notes for agents" }), "Use npm.");
    await user.click(screen.getByRole("link", { name: "Trust" }));
    await user.click(await screen.findByRole("button", { name: "Stay" }));
    expect(location.pathname).toBe("/p/atlas-web/settings/project");
    await user.click(screen.getByRole("link", { name: "Trust" }));
    await user.click(await screen.findByRole("button", { name: "Leave without saving" }));
    await screen.findByRole("heading", { name: "Trust" });
  });

  it("says what happened when the board cannot be read, and tries again", async () => {
    let isUp = false;
    const failed = { status: 500, body: { error: { code: "internal", message: "the database is locked" } } };
    mockNetwork({ ...routes, "GET /api/projects": () => (isUp ? { body: page([project]) } : failed) });
    const user = openApp("/p/atlas-web");
    await screen.findByText("The database is locked");
    isUp = true;
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("Task 1")).toBeDefined();
  });

  it("tells how to get in when the token is refused", async () => {
    const body = { error: { code: "unauthorized", message: "a valid token is needed" } };
    mockNetwork({ "GET /api/projects": () => ({ status: 401, body }) });
    openApp("/");
    expect(await screen.findByText("eval-kanban open")).toBeDefined();
  });
});
