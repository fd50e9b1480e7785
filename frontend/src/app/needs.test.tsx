import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Approval } from "@/api/generated/types";
import { TooltipProvider } from "@/components/ui/tooltip";
import { createQueryClient } from "@/lib/query-client";
import { anApproval, anAttempt, aProject, aQuestion, aTask, taskId } from "@/testing/fixtures";
import { type Call, mockNetwork, page } from "@/testing/network";
import { createAppRouter } from "./router";

const here = aProject();
const there = aProject({ id: "01900000-0000-7000-8000-000000000002", name: "payments-api" });
const attempt = anAttempt({ state: "waiting" });
const waiting = { status: "in_progress", live_attempt: attempt, last_attempt: attempt } as const;
const tasks = [
  aTask(1, { ...waiting, title: "Validate payloads", pending_approvals: 1 }),
  aTask(2, { ...waiting, title: "Split settings", status: "blocked", pending_questions: 1 }),
];
const far = aTask(8, { ...waiting, title: "Rotate keys", project_id: there.id, pending_approvals: 1 });
const command = anApproval(1);
const question = aQuestion(2, { task_id: taskId(2), created_at: "2026-11-20T10:06:00.000Z" });
const farAsk = anApproval(3, { task_id: far.id, project_id: there.id, tool_input: { command: "make keys" } });
const earlier = anApproval(9, { state: "denied", resolved_by: "Firefox on Linux", resolved_at: command.created_at });

describe("what needs a person", () => {
  let calls: Call[];
  beforeEach(() => {
    vi.stubGlobal("scrollTo", () => undefined);
    const byId = (approval: Approval) => [`GET /api/approvals/${approval.id}`, () => ({ body: approval })] as const;
    ({ calls } = mockNetwork({
      "GET /api/projects": () => ({ body: page([here, there]) }),
      [`GET /api/projects/${here.id}/tasks`]: () => ({ body: page(tasks) }),
      "GET /api/approvals/pending": () => ({ body: page([command, farAsk]) }),
      "GET /api/questions/pending": () => ({ body: page([question]) }),
      "GET /api/agents": () => ({ body: page([]) }),
      ...Object.fromEntries(
        [...tasks, far].flatMap((task) => [
          [`GET /api/tasks/${task.id}`, () => ({ body: task })],
          [`GET /api/tasks/${task.id}/attempts`, () => ({ body: page([]) })],
        ]),
      ),
      ...Object.fromEntries([byId(earlier)]),
      [`POST /api/approvals/${command.id}`]: () => ({ body: { ...command, state: "allowed" } }),
    }));
  });
  afterEach(() => vi.unstubAllGlobals());

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

  const dialog = () => screen.findByRole("dialog", { name: "Needs you" });
  const rows = async () => within(await dialog()).getAllByRole("option");
  const heading = async (name: string) => within(await dialog()).findByRole("heading", { name });

  it("is counted in the top bar, the rail and the tab's title, and told on its cards", async () => {
    openApp("/p/atlas-web");
    expect(await screen.findByRole("button", { name: /Needs you\s*2/ })).toBeTruthy();
    expect(screen.getByRole("link", { name: /payments-api.*1/ })).toBeTruthy();
    await waitFor(() => expect(document.title).toBe("(3) atlas-web · eval-kanban"));
    const card = within(screen.getByRole("listitem", { name: "#1 Validate payloads" }));
    expect(card.getByText("npm install zod")).toBeTruthy();
    expect(card.getByRole("img", { name: "waiting for you" })).toBeTruthy();
    expect(screen.getByText(/asks: Which date library/)).toBeTruthy();
  });

  it("is listed over all projects, walked with keys and answered", async () => {
    const user = openApp("/p/atlas-web");
    await waitFor(() => expect(document.title).toContain("(3)"));
    await user.keyboard("]");
    await heading("Run a command");
    expect((await rows()).map((row) => row.getAttribute("aria-selected"))).toEqual(["true", "false", "false"]);
    await user.keyboard("j");
    await heading("Answer a question");
    await user.keyboard("k");
    await heading("Run a command");
    await user.keyboard("y");
    await waitFor(() => expect(calls.some((call) => call.method === "POST")).toBe(true));
    // The next one takes its place, and what became of the first is told.
    await heading("Answer a question");
    expect(await rows()).toHaveLength(2);
    expect(location.search).toContain(question.id);
    expect(await within(await dialog()).findByText(/Allowed/)).toBeTruthy();
    await user.keyboard("j");
    await heading("Run a command");
    await waitFor(async () => expect(within(await dialog()).queryByText("Allowed")).toBeNull());
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(location.search).toBe("");
  });

  it("can be narrowed to the open project", async () => {
    const user = openApp("/p/atlas-web?needs=list");
    expect(await rows()).toHaveLength(3);
    await user.click(within(await dialog()).getByRole("radio", { name: "atlas-web" }));
    expect(await rows()).toHaveLength(2);
  });

  it("is opened by its address, in any project, and leads to its task", async () => {
    const user = openApp(`/p/atlas-web?needs=${farAsk.id}`);
    expect(await within(await dialog()).findAllByText("make keys")).toHaveLength(2);
    await within(await dialog()).findByRole("button", { name: /Open #8/ });
    await user.keyboard("{Enter}");
    await waitFor(() => expect(location.pathname).toBe("/p/payments-api/t/8"));
    expect(location.search).toContain(farAsk.id);
  });

  it("says what became of one that an old link names", async () => {
    openApp(`/p/atlas-web?needs=${earlier.id}`);
    expect(await within(await dialog()).findByText(/by Firefox on Linux/)).toBeTruthy();
  });

  it("says so where a link names nothing", async () => {
    openApp("/p/atlas-web?needs=gone");
    expect(await within(await dialog()).findByText("This request is not there any more.")).toBeTruthy();
  });
});
