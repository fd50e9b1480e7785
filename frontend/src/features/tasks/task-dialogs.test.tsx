import { screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { aProject, anAttempt, aTask, taskId } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { TaskDialogs } from "./task-dialogs";

const project = aProject();
const agents = { "GET /api/agents": () => ({ body: page([]) }) };

describe("TaskDialogs", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("writes a new task", async () => {
    const onClose = vi.fn<() => void>();
    const path = `POST /api/projects/${project.id}/tasks`;
    const { calls } = mockNetwork({ ...agents, [path]: () => ({ status: 201, body: aTask(1) }) });
    const { user } = renderWithApp(
      <TaskDialogs
        dialog={{ type: "form", target: { type: "new", status: "todo", title: "" } }}
        onClose={onClose}
        project={project}
      />,
    );
    await user.click(screen.getByRole("button", { name: /Create task/ }));
    expect(screen.getByRole("alert").textContent).toBe("A task needs a title.");
    await user.type(screen.getByLabelText("Title"), "Fix the cart");
    await user.selectOptions(screen.getByLabelText("Priority"), "high");
    await user.click(screen.getByRole("button", { name: /Create task/ }));
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
    expect(calls.at(-1)?.body).toMatchObject({ title: "Fix the cart", priority: "high", status: "todo" });
  });

  it("asks before it deletes, and stays with the reason if that fails", async () => {
    const onClose = vi.fn<() => void>();
    const body = { error: { code: "conflict", message: "The worktree is in use." } };
    const { calls } = mockNetwork({ [`DELETE /api/tasks/${taskId(1)}`]: () => ({ status: 409, body }) });
    const { user } = renderWithApp(
      <TaskDialogs
        dialog={{ type: "delete", task: aTask(1), onDeleted: () => undefined }}
        onClose={onClose}
        project={project}
      />,
    );
    expect(calls).toHaveLength(0);
    await user.click(screen.getByRole("button", { name: "Delete task" }));
    await screen.findByText("The worktree is in use.");
    expect(onClose).not.toHaveBeenCalled();
  });

  it("names the branch that a merge goes into", async () => {
    const onClose = vi.fn<() => void>();
    const { calls } = mockNetwork({ [`POST /api/tasks/${taskId(1)}/approve`]: () => ({ body: aTask(1) }) });
    const task = aTask(1, {
      status: "review",
      last_attempt: anAttempt({ state: "review_ready", base_branch: "develop" }),
      allowed_actions: ["approve", "approve_and_merge"],
    });
    const { user } = renderWithApp(
      <TaskDialogs dialog={{ type: "approve", task }} onClose={onClose} project={project} />,
    );
    await user.click(screen.getByRole("button", { name: "Merge into develop" }));
    await waitFor(() => expect(onClose).toHaveBeenCalledOnce());
    expect(calls.at(-1)?.body).toEqual({ merge: true });
  });
});
