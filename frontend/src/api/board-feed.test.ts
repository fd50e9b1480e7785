import { QueryObserver } from "@tanstack/react-query";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createQueryClient } from "@/lib/query-client";
import { mockSockets, type FakeSocket } from "@/testing/fake-socket";
import { aMessage, anApproval, aProject, aTask, taskId } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { pendingApprovalsQuery } from "./approvals";
import { acceptNumber, startFeed } from "./board-feed";
import type { Task } from "./generated/types";
import { holdTask } from "./task-recorder";
import { tasksKey, tasksQuery } from "./tasks";

describe("acceptNumber", () => {
  it.each([
    [1, "task", "apply", 2],
    [3, "task", "refetch", 4],
    [0, "task", "ignore", 1],
    [1, "resync", "refetch", 2],
    [7, "hello", "ignore", 8],
  ])("frame %i of type %s: %s", (n, type, verdict, nextN) => {
    expect(acceptNumber({ nextN: 1 }, n, type)).toEqual({ state: { nextN }, verdict });
  });
});

describe("the feed", () => {
  const project = aProject();
  const path = `GET /api/projects/${project.id}/tasks`;
  let sockets: FakeSocket[];
  let stop: () => void = () => undefined;

  beforeEach(() => {
    vi.useFakeTimers();
    sockets = mockSockets();
  });
  afterEach(() => {
    stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  async function openBoard(board: () => readonly Task[]) {
    const network = mockNetwork({ [path]: () => ({ body: page(board()) }) });
    const client = createQueryClient();
    stop = startFeed(client);
    sockets[0]?.send({ type: "hello", n: 0, instance_id: "a" });
    await client.fetchQuery(tasksQuery(project.id));
    const shown = () => client.getQueryData<readonly Task[]>(tasksKey(project.id)) ?? [];
    return { client, shown, network };
  }

  it("patches the board with whole tasks", async () => {
    const { shown } = await openBoard(() => [aTask(1)]);
    sockets[0]?.send({ type: "task", n: 1, task: aTask(1, { title: "changed" }) });
    sockets[0]?.send({ type: "task", n: 2, task: aTask(2) });
    await vi.advanceTimersByTimeAsync(100);
    expect(shown().map((task) => task.title)).toEqual(["changed", "Task 2"]);
    sockets[0]?.send({ type: "task_deleted", n: 3, project_id: project.id, task_id: taskId(1) });
    await vi.advanceTimersByTimeAsync(100);
    expect(shown().map((task) => task.number)).toEqual([2]);
  });

  it("reads the board again after a gap", async () => {
    let board = [aTask(1)];
    const { client, shown } = await openBoard(() => board);
    const leave = new QueryObserver(client, tasksQuery(project.id)).subscribe(() => undefined);
    board = [aTask(1), aTask(2)];
    sockets[0]?.send({ type: "task", n: 5, task: aTask(1) });
    await vi.advanceTimersByTimeAsync(100);
    expect(shown().map((task) => task.number)).toEqual([1, 2]);
    leave();
  });

  it("reads until it succeeds when the first answer after a gap is a failure", async () => {
    let answers = 0;
    const { client, shown, network } = await openBoard(() => [aTask(1)]);
    const leave = new QueryObserver(client, tasksQuery(project.id)).subscribe(() => undefined);
    const failed = { status: 503, body: { error: { code: "unavailable", message: "not ready" } } };
    vi.unstubAllGlobals();
    mockNetwork({ [path]: () => (++answers < 3 ? failed : { body: page([aTask(1), aTask(2)]) }) });
    sockets[0]?.send({ type: "resync", n: 1 });
    await vi.advanceTimersByTimeAsync(3000);
    expect(network.calls).toHaveLength(1);
    expect(answers).toBe(3);
    expect(shown().map((task) => task.number)).toEqual([1, 2]);
    leave();
  });

  it("connects again after a loss", async () => {
    await openBoard(() => []);
    sockets[0]?.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets).toHaveLength(2);
    expect(sockets[1]?.url).toMatch(/\/ws$/);
  });

  it("patches what waits for a person", async () => {
    const { client } = await openBoard(() => []);
    client.setQueryData(["approvals", "pending"], []);
    client.setQueryData(["messages", "attempt", aMessage(1).attempt_id], [aMessage(1)]);
    sockets[0]?.send({ type: "approval", n: 1, approval: anApproval(1) });
    sockets[0]?.send({ type: "message", n: 2, message: aMessage(1, { state: "taken" }) });
    await vi.advanceTimersByTimeAsync(100);
    expect(client.getQueryData(["approvals", "pending"])).toEqual([anApproval(1)]);
    expect(client.getQueryData(["messages", "attempt", aMessage(1).attempt_id])).toMatchObject([{ state: "taken" }]);
  });

  it("reads what waits again after a gap", async () => {
    const { client } = await openBoard(() => []);
    const leave = new QueryObserver(client, pendingApprovalsQuery()).subscribe(() => undefined);
    await vi.advanceTimersByTimeAsync(100);
    vi.unstubAllGlobals();
    mockNetwork({
      [path]: () => ({ body: page([]) }),
      "GET /api/approvals/pending": () => ({ body: page([anApproval(1)]) }),
    });
    sockets[0]?.send({ type: "resync", n: 1 });
    await vi.advanceTimersByTimeAsync(100);
    expect(client.getQueryData(["approvals", "pending"])).toEqual([anApproval(1)]);
    leave();
  });

  it("keeps back what concerns a card that is being moved", async () => {
    const { shown } = await openBoard(() => [aTask(1)]);
    const hold = holdTask(taskId(1));
    sockets[0]?.send({ type: "task", n: 1, task: aTask(1, { title: "meanwhile" }) });
    await vi.advanceTimersByTimeAsync(100);
    expect(shown()[0]?.title).toBe("Task 1");
    expect(hold.release()).toHaveLength(1);
  });
});
