import { act, screen, waitFor } from "@testing-library/react";
import { useState } from "react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Attention } from "@/api/generated/types";
import { finishAttempt } from "@/api/attempts";
import { createQueryClient } from "@/lib/query-client";
import { aConfig, anApproval, anAttempt, aTask, taskId } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { useAttention } from "./use-attention";

class ShownNotification extends EventTarget {
  static permission = "granted";
  static shown: ShownNotification[] = [];
  isClosed = false;
  constructor(
    readonly title: string,
    readonly options: { body: string; tag: string },
  ) {
    super();
    ShownNotification.shown.push(this);
  }
  close(): void {
    this.isClosed = true;
  }
}

const attempt = anAttempt({ id: "01900000-0000-7000-a000-0000000000aa" });
const working = aTask(1, { title: "Rate-limit", status: "in_progress", live_attempt: attempt, last_attempt: attempt });
const ready = aTask(1, {
  title: "Rate-limit",
  status: "review",
  last_attempt: { ...attempt, state: "review_ready", ended_at: "2026-11-20T11:00:00.000Z" },
});

const early = { ...working, id: taskId(5), number: 5 };

type WatcherProps = { shownTask?: string | undefined; onOpenAsk: (id: string) => void };

function Watcher({ shownTask, onOpenAsk }: WatcherProps) {
  const [said, setSaid] = useState("");
  useAttention({
    readShownTask: () => shownTask,
    projectName: () => undefined,
    onOpenAsk: (ask) => onOpenAsk(ask.id),
    onOpenTask: () => undefined,
    onAnnounce: setSaid,
  });
  return <p role="status">{said}</p>;
}

describe("useAttention", () => {
  const shown = () => ShownNotification.shown;

  beforeEach(() => {
    ShownNotification.shown = [];
    vi.stubGlobal("Notification", ShownNotification);
    vi.spyOn(document, "hasFocus").mockReturnValue(true);
  });
  afterEach(() => vi.unstubAllGlobals());

  async function watch(attention: Partial<Attention> = {}, shownTask?: string) {
    mockNetwork({
      "GET /api/config": () => ({
        body: aConfig({ attention: { ...aConfig().attention, notifications: true, ...attention } }),
      }),
      "GET /api/approvals/pending": () => ({ body: page([]) }),
      "GET /api/questions/pending": () => ({ body: page([]) }),
      [`GET /api/tasks/${working.id}`]: () => ({ body: working }),
      [`POST /api/attempts/${attempt.id}/finish`]: () => ({ status: 500 }),
      [`GET /api/projects/${working.project_id}/tasks`]: () => ({ body: page([working]) }),
    });
    const client = createQueryClient();
    client.setQueryData(["tasks", "read before"], [early]);
    const onOpenAsk = vi.fn<(id: string) => void>();
    renderWithApp(<Watcher onOpenAsk={onOpenAsk} shownTask={shownTask} />, client);
    await waitFor(() => expect(client.getQueryData(["questions", "pending"])).toEqual([]));
    await waitFor(() => expect(client.getQueryData(["config"])).toBeDefined());
    const ask = (number: number) =>
      act(async () => client.setQueryData(["approvals", "pending"], [anApproval(number)]));
    const board = (task: typeof working) =>
      act(() => client.fetchQuery({ queryKey: ["tasks", "p"], queryFn: () => [task], staleTime: 0 }));
    return { client, onOpenAsk, ask, board };
  }

  it("shows what is asked, collapsed by task, and opens that very ask", async () => {
    const { ask, onOpenAsk } = await watch();
    await ask(1);
    await waitFor(() => expect(shown()).toHaveLength(1));
    expect(shown()[0]).toMatchObject({
      title: "#1 Rate-limit",
      options: { body: "wants to run npm install zod", tag: `task-${taskId(1)}` },
    });
    shown()[0]?.dispatchEvent(new Event("click"));
    expect(onOpenAsk).toHaveBeenCalledWith(anApproval(1).id);
    expect(screen.getByRole("status").textContent).toContain("wants to run npm install zod");
  });

  it("stays quiet for a task that stands in the foreground, but tells screen readers", async () => {
    const { ask } = await watch({}, taskId(1));
    await ask(1);
    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("wants to run"));
    expect(shown()).toHaveLength(0);
  });

  it("calls where the same task is open in a window without focus", async () => {
    vi.spyOn(document, "hasFocus").mockReturnValue(false);
    const { ask } = await watch({}, taskId(1));
    await ask(1);
    await waitFor(() => expect(shown()).toHaveLength(1));
  });

  it("does not call for a kind that is switched off", async () => {
    const { ask } = await watch({ on_approval: false });
    await ask(1);
    await waitFor(() => expect(screen.getByRole("status").textContent).toContain("wants to run"));
    expect(shown()).toHaveLength(0);
  });

  it("calls for what was at work before anybody watched", async () => {
    const { board } = await watch();
    await board({ ...ready, id: early.id, number: early.number });
    await waitFor(() => expect(shown().map((notice) => notice.title)).toEqual(["#5 Rate-limit"]));
  });

  it("calls when work is ready, and not when this browser ended it", async () => {
    const { board, ask } = await watch();
    await board(working);
    await board(ready);
    await waitFor(() => expect(shown().map((notice) => notice.options.body)).toEqual(["ready for review"]));
    await board(working);
    await finishAttempt(attempt.id).catch(() => undefined);
    await board(ready);
    // What is asked next is shown: had the end been shown, too, it would stand before it.
    await ask(1);
    await waitFor(() =>
      expect(shown().map((notice) => notice.options.body)).toEqual([
        "ready for review",
        "wants to run npm install zod",
      ]),
    );
  });
});
