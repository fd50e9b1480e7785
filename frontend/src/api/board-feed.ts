/** The board's live feed: patches the query cache with whole changed objects, and fetches again after any gap. */
import type { QueryClient } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import type { Attempt, BoardFrame, Project, ProjectId, Radar, Task } from "./generated/types";
import { putMessage } from "./message-list";
import { putComment, putGateRun, removeComment } from "./review-list";
import { putApproval, putQuestion } from "./pending";
import { boardFrame, unknownFrame } from "./schemas";
import { type LiveSocket, openSocket, retryDelayMs, type SocketStatus } from "./socket";
import { applyChanges, countChanges, type TaskChange } from "./task-list";
import { noteChange, type ProjectChange, putAside } from "./task-recorder";

export type FeedState = { nextN: number };
export type FeedVerdict = "apply" | "refetch" | "ignore";

/** Whether a frame follows the one before it. After a gap the board is fetched again and the count goes on. */
export function acceptNumber(state: FeedState, n: number, type: string): { state: FeedState; verdict: FeedVerdict } {
  const next = { nextN: n + 1 };
  if (type === "hello") return { state: next, verdict: "ignore" };
  if (n < state.nextN) return { state, verdict: "ignore" };
  if (n > state.nextN || type === "resync") return { state: next, verdict: "refetch" };
  return { state: next, verdict: "apply" };
}

/** What the page knows of its connection. */
export type FeedReport = { status: SocketStatus; hasBeenOpen: boolean; missed: number };

const batchMs = 40;
const waitForOpenMs = 400;
const missedShownMs = 6000;
const listeners = new Set<() => void>();
const watchers = new Set<(frame: BoardFrame) => void>();
let report: FeedReport = { status: "connecting", hasBeenOpen: false, missed: 0 };
let openSocketOnce: LiveSocket | undefined;

/** The state of the connection, for the strip under the top bar. */
export function useFeedReport(): FeedReport {
  return useSyncExternalStore(subscribe, () => report);
}

/** Waits until changes are being told, for a moment at most: what is read after that misses nothing. */
export function waitForFeed(): Promise<void> {
  if (openSocketOnce === undefined || report.status !== "connecting") return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(finish, waitForOpenMs);
    const stop = subscribe(() => {
      if (report.status !== "connecting") finish();
    });
    function finish() {
      clearTimeout(timer);
      stop();
      resolve();
    }
  });
}

/** Tries to connect now. */
export function retryFeed(): void {
  openSocketOnce?.retryNow();
}

/** Sees every frame that counts, as it comes. */
export function watchFrames(watcher: (frame: BoardFrame) => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Follows the board for as long as the page lives. */
export function startFeed(client: QueryClient): () => void {
  let state: FeedState = { nextN: 0 };
  const batch = createBatch(client);

  const onFrame = (received: unknown) => {
    const known = boardFrame.safeParse(received);
    const numbered = known.success ? known : unknownFrame.safeParse(received);
    if (!numbered.success) return void refetch(client);
    const step = acceptNumber(state, numbered.data.n, numbered.data.type);
    state = step.state;
    if (numbered.data.type === "hello") return onHello(client);
    if (step.verdict === "refetch") return void refetch(client);
    if (step.verdict !== "apply" || !known.success) return;
    batch.add(known.data);
    for (const watcher of watchers) watcher(known.data);
  };
  const onStatus = (status: SocketStatus) => {
    // `open` is believed at the server's hello: only then does it tell changes.
    if (status !== "open") publish({ ...report, status });
  };
  openSocketOnce = openSocket({ path: () => "/ws", onFrame, onStatus });
  return () => {
    openSocketOnce?.close();
    openSocketOnce = undefined;
    batch.stop();
  };
}

function onHello(client: QueryClient): void {
  const isFirst = !report.hasBeenOpen;
  publish({ ...report, status: "open", hasBeenOpen: true });
  const wasReadBefore = client
    .getQueryCache()
    .findAll({ queryKey: ["tasks"] })
    .some((query) => query.state.dataUpdateCount > 0);
  if (isFirst && !wasReadBefore) return;
  void refetch(client).then((missed) => {
    if (!isFirst) tellMissed(missed);
  });
}

function tellMissed(missed: number): void {
  if (missed === 0) return;
  publish({ ...report, missed });
  setTimeout(() => publish({ ...report, missed: 0 }), missedShownMs);
}

/** Reads everything that is shown again, and counts the tasks that differ. */
async function refetch(client: QueryClient): Promise<number> {
  const read = () => client.getQueriesData<readonly Task[]>({ queryKey: ["tasks"] });
  const before = new Map(read().map(([key, tasks]) => [JSON.stringify(key), tasks ?? []]));
  await readAgain(client, 0);
  return read().reduce(
    (sum, [key, tasks]) => sum + countChanges(before.get(JSON.stringify(key)) ?? [], tasks ?? []),
    0,
  );
}

/** Reads until it succeeds, as long as there is a connection: a board that missed something must not look whole. */
async function readAgain(client: QueryClient, failures: number): Promise<void> {
  await client.invalidateQueries({ refetchType: "active" });
  const active = client.getQueryCache().findAll({ queryKey: ["tasks"], type: "active" });
  if (report.status !== "open" || active.every((query) => query.state.status !== "error")) return;
  await new Promise((resolve) => setTimeout(resolve, retryDelayMs(failures + 1, Math.random())));
  return readAgain(client, failures + 1);
}

/** Gathers frames for a moment, so that ten busy agents cost one render and not hundreds. */
function createBatch(client: QueryClient) {
  let frames: BoardFrame[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const flush = () => {
    timer = undefined;
    const ready = frames;
    frames = [];
    patchCache(client, ready);
  };
  return {
    add: (frame: BoardFrame) => {
      const change = toTaskChange(frame);
      if (change) noteChange(change);
      frames.push(frame);
      timer ??= setTimeout(flush, batchMs);
    },
    stop: () => clearTimeout(timer),
  };
}

function patchCache(client: QueryClient, frames: readonly BoardFrame[]): void {
  for (const [projectId, changes] of groupChanges(frames)) {
    const due = changes.filter((change) => !putAside(change));
    client.setQueryData<readonly Task[]>(["tasks", projectId], (tasks) => tasks && applyChanges(tasks, due));
  }
  for (const frame of frames) patchOthers(client, frame);
}

function groupChanges(frames: readonly BoardFrame[]): ReadonlyMap<ProjectId, TaskChange[]> {
  const groups = new Map<ProjectId, TaskChange[]>();
  for (const frame of frames) {
    const found = toTaskChange(frame);
    if (found) groups.set(found.project_id, [...(groups.get(found.project_id) ?? []), found.change]);
  }
  return groups;
}

function toTaskChange(frame: BoardFrame): ProjectChange | undefined {
  switch (frame.type) {
    case "task":
      return { project_id: frame.task.project_id, change: { type: "put", task: frame.task } };
    case "task_deleted":
      return { project_id: frame.project_id, change: { type: "remove", task_id: frame.task_id } };
    case "hello":
    case "attempt":
    case "approval":
    case "question":
    case "message":
    case "gate_run":
    case "comment":
    case "comment_deleted":
    case "radar":
    case "project":
    case "project_deleted":
    case "resync":
      return undefined;
  }
}

function patchOthers(client: QueryClient, frame: BoardFrame): void {
  switch (frame.type) {
    case "attempt":
      return patchAttempt(client, frame.attempt);
    case "approval":
      return putApproval(client, frame.approval);
    case "question":
      return putQuestion(client, frame.question);
    case "message":
      return putMessage(client, frame.message);
    case "gate_run":
      return putGateRun(client, frame.gate_run);
    case "comment":
      return putComment(client, frame.comment);
    case "comment_deleted":
      return removeComment(client, frame.task_id, frame.comment_id);
    case "radar":
      return void client.setQueryData<Radar>(["radar", frame.radar.project_id], frame.radar);
    case "project":
      return patchProjects(client, (projects) => putProject(projects, frame.project));
    case "project_deleted":
      return patchProjects(client, (projects) => projects.filter((project) => project.id !== frame.project_id));
    case "task":
      return void client.setQueryData<Task>(["task", frame.task.id], (known) => known && frame.task);
    case "hello":
    case "task_deleted":
    case "resync":
      return;
  }
}

/** A changed attempt takes its place; a new one stands first, as the list is newest first. */
function patchAttempt(client: QueryClient, attempt: Attempt): void {
  client.setQueryData<readonly Attempt[]>(["attempts", attempt.task_id], (attempts) => {
    if (attempts === undefined) return undefined;
    const index = attempts.findIndex((candidate) => candidate.id === attempt.id);
    return index === -1 ? [attempt, ...attempts] : attempts.with(index, attempt);
  });
}

function patchProjects(client: QueryClient, change: (projects: readonly Project[]) => readonly Project[]): void {
  client.setQueryData<readonly Project[]>(["projects"], (projects) => projects && change(projects));
}

function putProject(projects: readonly Project[], project: Project): readonly Project[] {
  const index = projects.findIndex((candidate) => candidate.id === project.id);
  return index === -1 ? [...projects, project] : projects.with(index, project);
}

function publish(next: FeedReport): void {
  report = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
