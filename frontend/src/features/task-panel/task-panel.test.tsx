import { useQuery } from "@tanstack/react-query";
import { screen, waitFor, within } from "@testing-library/react";
import { useState } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Attempt, AttemptAction, AttemptReport, DiscardPreview, Task, TaskAction } from "@/api/generated/types";
import { tasksQuery } from "@/api/tasks";
import { aComment, aFullAttempt, aGateRun, aMergePreview, anAttempt, aProject, aTask } from "@/testing/fixtures";
import { type Call, mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import TaskPanel, { type TaskView } from "./task-panel";

const project = aProject();
const noop = () => undefined;

function Panel({ start, onOpen = noop }: { start: TaskView; onOpen?: (number: number) => void }) {
  const tasks = useQuery(tasksQuery(project.id)).data;
  const [view, setView] = useState(start);
  const task = tasks?.[0];
  if (!tasks || !task) return null;
  return (
    <TaskPanel
      onClose={noop}
      onDelete={noop}
      onEdit={noop}
      onOpen={onOpen}
      onStep={noop}
      onView={(change) => setView((old) => ({ ...old, ...change }))}
      project={project}
      tabs={{
        activity: ({ attempt, waitsFor }) => <p>{`log of ${attempt.number}. ${waitsFor ?? ""}`}</p>,
        diff: ({ attempt }) => <p>diff of {attempt.number}</p>,
        gates: ({ attempt }) => <p>gates of {attempt.number}</p>,
        terminal: ({ attempt }) => <p>stream of {attempt.number}</p>,
      }}
      task={task}
      tasks={tasks}
      view={view}
    />
  );
}

type Given = {
  task?: Partial<Task>;
  others?: Task[];
  attempts?: Attempt[];
  view?: TaskView;
  routes?: Parameters<typeof mockNetwork>[0];
};

async function openPanel({ task = {}, others = [], attempts = [], view = {}, routes = {} }: Given) {
  const first = attempts[0];
  const last = first
    ? { last_attempt: anAttempt({ id: first.id, number: first.number, state: first.state, error: first.error }) }
    : {};
  const opened = aTask(1, { title: "Validate payloads", ...last, ...task });
  const network = mockNetwork({
    [`GET /api/projects/${project.id}/tasks`]: () => ({ body: page([opened, ...others]) }),
    [`GET /api/tasks/${opened.id}/attempts`]: () => ({ body: page(attempts) }),
    ...routes,
  });
  const shown = renderWithApp(<Panel start={view} />);
  await screen.findByRole("heading", { name: "Validate payloads" });
  if (attempts.length > 0) await screen.findByText(/^Attempt \d/);
  return { ...shown, ...network, task: opened };
}

const changes = (calls: readonly Call[]) => calls.filter((call) => call.method !== "GET");

describe("the next action", () => {
  afterEach(() => vi.unstubAllGlobals());

  const task = (actions: TaskAction[]): Partial<Task> => ({ status: "review", allowed_actions: actions });

  it.each<[TaskAction[], string]>([
    [["start", "edit"], "Run"],
    [["cancel", "edit"], "Cancel run"],
    [["approve", "approve_and_merge", "start", "reject"], "Merge into main"],
    [["merge", "start"], "Merge into main"],
  ])("of %j is %s", async (actions, name) => {
    await openPanel({ task: task(actions) });
    expect(screen.getByRole("button", { name: new RegExp(`^${name}`) })).toBeTruthy();
  });

  it("is not there where the server allows none", async () => {
    await openPanel({ task: task([]) });
    expect(screen.queryByRole("button", { name: /^(Run|Cancel run|Approve|Merge)/ })).toBeNull();
  });

  const approvePath = `POST /api/attempts/${aFullAttempt().id}/approve`;
  const previewPath = (style: string) => `GET /api/attempts/${aFullAttempt().id}/merge-preview?style=${style}`;
  const reviewed = { task: task(["approve", "approve_and_merge"]), attempts: [aFullAttempt()] };

  it("merges the commit that was seen", async () => {
    const { user, calls } = await openPanel({
      ...reviewed,
      routes: { [approvePath]: () => ({ body: aFullAttempt() }) },
    });
    await user.click(screen.getByRole("button", { name: /^Merge into main/ }));
    await waitFor(() => expect(changes(calls)).toHaveLength(1));
    expect(changes(calls)[0]?.body).toEqual({ action: "merge", head: "a".repeat(40), style: "merge" });
  });

  it("says what stands against a merge, and keeps the button", async () => {
    const message = "merging into main would conflict in src/app.txt; nothing was changed";
    const { user } = await openPanel({
      ...reviewed,
      routes: { [approvePath]: () => ({ status: 409, body: { error: { code: "merge_conflict", message } } }) },
    });
    await user.click(screen.getByRole("button", { name: /^Merge into main/ }));
    expect((await screen.findByRole("alert")).textContent).toContain("would conflict in src/app.txt");
    expect(screen.getByRole("button", { name: /^Merge into main/ })).toHaveProperty("disabled", false);
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  it("says how far the base is, what the gates say and what collides", async () => {
    const gates = [{ name: "test", state: "passed" as const, is_stale: false }];
    const attempt = aFullAttempt({ gates });
    const collisions = [{ task_id: aTask(1).id, with_task_id: aTask(2).id, with_number: 2, paths: ["src/app.ts"] }];
    await openPanel({
      ...reviewed,
      attempts: [attempt],
      routes: {
        [previewPath("merge")]: () => ({ body: aMergePreview({ behind: 3 }) }),
        [`GET /api/attempts/${attempt.id}/gates`]: () => ({ body: page([aGateRun("test")]) }),
        [`GET /api/projects/${project.id}/radar`]: () => ({
          body: { project_id: project.id, collisions, attempt_ids: [], computed_at: null },
        }),
      },
    });
    expect(await screen.findByText("base 3 behind")).toBeTruthy();
    expect((await screen.findByText(/^gates passed/)).textContent).toMatch(/gates passed on aaaaaa/);
    expect(await screen.findByText("conflicts with #2 in")).toBeTruthy();
  });

  it("is off where the merge would conflict; the conflict is shown with both ways on", async () => {
    const hunks = [{ line: 4, ours: "let a = 1;\n", base: "let a = 0;\n", theirs: "let a = 2;\n" }];
    const conflicts = [{ path: "src/app.ts", kind: "content", message: "both changed", hunks }];
    const attempt = aFullAttempt({ allowed_actions: ["resolve_conflicts"] });
    const path = `POST /api/attempts/${attempt.id}/resolve-conflicts`;
    const { user, calls } = await openPanel({
      ...reviewed,
      attempts: [attempt],
      routes: {
        [previewPath("merge")]: () => ({ body: aMergePreview({ forecast: "conflict", conflicts }) }),
        [path]: () => ({ status: 201, body: aFullAttempt({ number: 2, state: "queued" }) }),
      },
    });
    expect(await screen.findByRole("heading", { name: "Conflicts with main" })).toBeTruthy();
    expect(screen.getByText("both changed the same lines")).toBeTruthy();
    expect(screen.getByLabelText("in the attempt").textContent).toBe("let a = 2;");
    const merge = screen.getByRole("button", { name: /^Merge into main/ });
    expect(merge).toHaveProperty("disabled", true);
    expect(document.getElementById(merge.getAttribute("aria-describedby") ?? "")?.textContent).toMatch(/agent resolve/);
    await user.click(screen.getByRole("button", { name: "Let the agent resolve" }));
    await waitFor(() => expect(changes(calls)[0]?.path).toBe(path.slice(5)));
  });

  it("can be another one, with a message that stays when it is left", async () => {
    const { user, calls } = await openPanel({
      ...reviewed,
      routes: {
        [previewPath("merge")]: () => ({ body: aMergePreview() }),
        [previewPath("squash")]: () => ({ body: aMergePreview({ style: "squash", message: "One" }) }),
        [approvePath]: () => ({ body: aFullAttempt() }),
      },
    });
    await user.click(screen.getByRole("button", { name: "Other decisions" }));
    await user.click(screen.getByRole("menuitemradio", { name: /^Squash and merge/ }));
    expect(screen.getByRole("button", { name: /^Squash and merge into main/ })).toBeTruthy();
    await user.keyboard("a");
    const field = () => within(screen.getByRole("dialog")).getByRole("textbox", { name: "Message of the commit" });
    await waitFor(() => expect(field()).toHaveProperty("value", "One"));
    await user.clear(field());
    await user.type(field(), "Better");
    expect(screen.getByText("Subject: 6 of 72 characters")).toBeTruthy();
    await user.click(within(screen.getByRole("dialog")).getByRole("button", { name: "Cancel" }));
    expect(changes(calls)).toHaveLength(0);
    expect(screen.getByText("message edited")).toBeTruthy();
    await user.keyboard("a");
    expect(field()).toHaveProperty("value", "Better");
    await user.keyboard("{Control>}{Enter}{/Control}");
    await waitFor(() => expect(changes(calls)[0]?.body).toMatchObject({ style: "squash", message: "Better" }));
    await waitFor(() => expect(localStorage).toHaveLength(0));
  });

  it("keeps the branch, or opens a pull request, without a merge", async () => {
    const attempt = aFullAttempt({ allowed_actions: ["open_pull_request"] });
    const { user, calls } = await openPanel({
      ...reviewed,
      attempts: [attempt],
      routes: { [approvePath]: () => ({ body: attempt }) },
    });
    await user.click(screen.getByRole("button", { name: "Other decisions" }));
    await user.click(screen.getByRole("menuitemradio", { name: /^Open pull request/ }));
    await user.click(screen.getByRole("button", { name: /^Open pull request/ }));
    await waitFor(() => expect(changes(calls)[0]?.body).toEqual({ action: "pr", head: "a".repeat(40) }));
    await user.click(screen.getByRole("button", { name: "Other decisions" }));
    await user.click(screen.getByRole("menuitemradio", { name: /^Approve and keep/ }));
    await user.click(screen.getByRole("button", { name: /^Approve and keep/ }));
    await waitFor(() => expect(changes(calls)[1]?.body).toEqual({ action: "keep", head: "a".repeat(40) }));
  });

  it("of merged work is to undo it, or to revert what others have built on", async () => {
    const attempt = aFullAttempt({ state: "merged", merge_commit: "d".repeat(40), allowed_actions: ["undo_merge"] });
    const path = `POST /api/attempts/${attempt.id}/undo-merge`;
    const error = { code: "conflict", message: "main has gone on", details: { can_revert: true } };
    const { user, calls } = await openPanel({
      task: { status: "done", allowed_actions: [] },
      attempts: [attempt],
      routes: {
        [path]: ({ body }) =>
          JSON.stringify(body).includes("revert") ? { body: attempt } : { status: 409, body: { error } },
      },
    });
    await user.click(screen.getByRole("button", { name: "Undo the merge" }));
    const dialog = within(await screen.findByRole("alertdialog"));
    await user.click(dialog.getByRole("button", { name: "Revert with a new commit" }));
    await waitFor(() => expect(changes(calls).map((call) => call.body)).toEqual([{ how: "undo" }, { how: "revert" }]));
  });

  it("of discarded work is to have it back", async () => {
    const attempt = aFullAttempt({ state: "discarded", allowed_actions: ["restore"] });
    const path = `POST /api/attempts/${attempt.id}/restore`;
    const { user, calls } = await openPanel({
      task: { allowed_actions: ["start"] },
      attempts: [attempt],
      routes: { [path]: () => ({ body: attempt }) },
    });
    await user.click(screen.getByRole("button", { name: "Restore the work" }));
    await waitFor(() => expect(changes(calls)[0]?.path).toBe(path.slice(5)));
  });

  it("asks before a run is cancelled", async () => {
    const path = `POST /api/tasks/${aTask(1).id}/cancel`;
    const { user, calls } = await openPanel({ task: task(["cancel"]), routes: { [path]: () => ({ status: 204 }) } });
    await user.click(screen.getByRole("button", { name: /^Cancel run/ }));
    const dialog = within(screen.getByRole("alertdialog"));
    expect(changes(calls)).toHaveLength(0);
    await user.click(dialog.getByRole("button", { name: "Cancel the run" }));
    await waitFor(() => expect(changes(calls)).toHaveLength(1));
  });
});

describe("the overview", () => {
  afterEach(() => vi.unstubAllGlobals());

  const criteria = [
    { id: "c1", text: "One request per pause", done: true, evidence: "search.test.ts" },
    { id: "c2", text: "Enter searches at once", done: false, evidence: null },
  ];

  it("ticks a criterion", async () => {
    const path = `PATCH /api/tasks/${aTask(1).id}`;
    const ticked = criteria.map((criterion) => ({ ...criterion, done: true }));
    const { user, calls } = await openPanel({
      task: { criteria },
      routes: { [path]: () => ({ body: aTask(1, { criteria: ticked, updated_at: "2026-11-20T11:00:00.000Z" }) }) },
    });
    expect(screen.getByText("1 of 2")).toBeTruthy();
    await user.click(screen.getByRole("checkbox", { name: "Enter searches at once" }));
    await screen.findByText("2 of 2");
    expect(changes(calls)[0]?.body).toEqual({ criteria: ticked });
  });

  it("takes a tick back that the server refuses, with its reason", async () => {
    const path = `PATCH /api/tasks/${aTask(1).id}`;
    const { user } = await openPanel({
      task: { criteria },
      routes: {
        [path]: () => ({ status: 409, body: { error: { code: "conflict", message: "it was changed meanwhile" } } }),
      },
    });
    await user.click(screen.getByRole("checkbox", { name: "Enter searches at once" }));
    expect((await screen.findByRole("alert")).textContent).toMatch(/changed meanwhile/);
    expect(screen.getByText("1 of 2")).toBeTruthy();
  });

  it("lists the attempts; the chosen one is what the other tabs show", async () => {
    const failed = aFullAttempt({
      id: "01900000-0000-7000-a000-000000000002",
      number: 1,
      state: "failed",
      error: { code: "limit_reached", message: "limit of 40 turns" },
    });
    const { user } = await openPanel({ attempts: [aFullAttempt({ number: 2 }), failed] });
    expect(screen.getByRole("row", { name: /failed limit of 40 turns/ })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Show attempt 1" }));
    await user.click(screen.getByRole("tab", { name: "Activity" }));
    expect(await screen.findByText(/log of 1/)).toBeTruthy();
  });

  it("says what went wrong and what to do", async () => {
    const error = { code: "not_logged_in", message: "claude is not logged in" } as const;
    await openPanel({
      task: { status: "review", error_message: error.message, allowed_actions: ["start"] },
      attempts: [aFullAttempt({ state: "failed", error, summary: null })],
    });
    const failure = within(screen.getByRole("region", { name: "Failure" }));
    expect(failure.getByText("claude is not logged in")).toBeTruthy();
    expect(failure.getByText(/log in, then run it again/)).toBeTruthy();
    expect(failure.getByRole("button", { name: "Run again" })).toBeTruthy();
  });

  it("shows hostile text as text", async () => {
    await openPanel({
      task: { description: "<img src=x onerror=alert(1)> [a](javascript:alert(1))", labels: ["<b>x</b>"] },
    });
    expect(document.querySelector("img, a[href^=javascript]")).toBeNull();
    expect(screen.getByText("<b>x</b>")).toBeTruthy();
  });
});

describe("decisions", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("sends the work back with what is missing", async () => {
    const path = `POST /api/tasks/${aTask(1).id}/reject`;
    const { user, calls } = await openPanel({
      task: { status: "review", allowed_actions: ["approve_and_merge", "reject"] },
      attempts: [aFullAttempt()],
      routes: { [path]: () => ({ status: 204 }) },
    });
    await user.click(screen.getByRole("button", { name: "Other decisions" }));
    await user.click(screen.getByRole("menuitem", { name: "Request changes…" }));
    const dialog = within(await screen.findByRole("dialog"));
    expect(dialog.getByRole("button", { name: /^Request changes/ })).toHaveProperty("disabled", true);
    await user.type(dialog.getByRole("textbox", { name: "What is missing" }), "Cover the coupon field.");
    await user.click(dialog.getByRole("checkbox", { name: /Run the next attempt/ }));
    await user.click(dialog.getByRole("button", { name: "Request changes" }));
    await waitFor(() =>
      expect(changes(calls)[0]?.body).toEqual({ feedback: "Cover the coupon field.", restart: false }),
    );
  });

  it("sends stored comments along where the agent can go on", async () => {
    const attempt = aFullAttempt({ allowed_actions: ["request_changes"] });
    const path = `POST /api/attempts/${attempt.id}/request-changes`;
    const { user, calls } = await openPanel({
      task: { status: "review", allowed_actions: ["approve_and_merge", "reject"] },
      attempts: [attempt],
      routes: {
        [`GET /api/attempts/${attempt.id}/comments`]: () => ({ body: page([aComment("c1"), aComment("c2")]) }),
        [path]: () => ({ status: 201, body: aFullAttempt({ number: 2, state: "queued" }) }),
      },
    });
    await user.click(screen.getByRole("button", { name: "Other decisions" }));
    await user.click(screen.getByRole("menuitem", { name: "Request changes…" }));
    await user.click(await screen.findByRole("button", { name: "Request changes with 2 comments" }));
    await waitFor(() =>
      expect(changes(calls)[0]?.body).toEqual({ feedback: "", comments: [], comment_ids: ["c1", "c2"] }),
    );
  });

  it("says what a discard takes, and how to get it back", async () => {
    const actions: AttemptAction[] = ["discard"];
    const attempt = aFullAttempt({ allowed_actions: actions });
    const path = `POST /api/attempts/${attempt.id}/discard`;
    const preview: DiscardPreview = {
      branch_name: "ek/one",
      worktree_path: "/w/one",
      commit_count: 2,
      files_changed: 3,
      additions: 12,
      deletions: 4,
      uncommitted: ["notes.md"],
      kept_days: 30,
    };
    const { user, calls } = await openPanel({
      attempts: [attempt],
      routes: {
        [path]: () => ({ status: 204 }),
        [`GET /api/attempts/${attempt.id}/discard-preview`]: () => ({ body: preview }),
      },
    });
    await user.click(screen.getByRole("button", { name: "Menu of task #1" }));
    await user.click(screen.getByRole("menuitem", { name: "Discard the work…" }));
    const dialog = within(await screen.findByRole("alertdialog"));
    expect(await dialog.findByText(/2 commits that no other branch has/)).toBeTruthy();
    expect(dialog.getByText("notes.md")).toBeTruthy();
    expect(dialog.getByText(`git branch ek/one refs/eval-kanban/keep/${attempt.id}`)).toBeTruthy();
    expect(dialog.getByText(/30 days/)).toBeTruthy();
    await user.click(dialog.getByRole("button", { name: "Discard the work" }));
    await waitFor(() => expect(changes(calls)).toHaveLength(1));
  });
});

describe("what came of an attempt", () => {
  afterEach(() => vi.unstubAllGlobals());
  const attempt = aFullAttempt({ allowed_actions: ["go_back", "retry_fresh"] });
  const checkpoints = [
    {
      attempt_id: attempt.id,
      number: 1,
      commit: "e".repeat(40),
      label: "turn 1",
      files_changed: 3,
      created_at: attempt.queued_at,
    },
    {
      attempt_id: attempt.id,
      number: 0,
      commit: "f".repeat(40),
      label: "the beginning",
      files_changed: 0,
      created_at: attempt.queued_at,
    },
  ];
  const report: AttemptReport = {
    summary: "Did it.",
    files_changed: 3,
    additions: 12,
    deletions: 4,
    commits: [{ id: "a".repeat(40), subject: "Check payloads", author: "claude", committed_at: attempt.queued_at }],
    gates: [],
    criteria: [],
    usage: { ...attempt.usage, input_tokens: 12_400, output_tokens: 900 },
    duration_ms: 231_000,
    open_points: ["test failed"],
    markdown: "# Validate payloads",
  };
  const routes = {
    [`GET /api/attempts/${attempt.id}/checkpoints`]: () => ({ body: page(checkpoints) }),
    [`GET /api/attempts/${attempt.id}/report`]: () => ({ body: report }),
  };

  it("stands in the overview, and is copied as Markdown", async () => {
    const { user } = await openPanel({ attempts: [attempt], view: { tab: "overview" }, routes });
    expect(await screen.findByText("Check payloads")).toBeTruthy();
    expect(screen.getByText("test failed")).toBeTruthy();
    expect(screen.getByText(/12\.4k tokens read, 900 written/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Copy as Markdown" }));
    expect(await screen.findByRole("button", { name: "Copied" })).toBeTruthy();
    expect(await navigator.clipboard.readText()).toBe("# Validate payloads");
  });

  it("is gone back to after a question", async () => {
    const path = `POST /api/attempts/${attempt.id}/checkpoints/0/restore`;
    const { user, calls } = await openPanel({
      attempts: [attempt],
      view: { tab: "overview" },
      routes: { ...routes, [path]: () => ({ body: attempt }) },
    });
    await user.click(await screen.findByRole("button", { name: "Go back to checkpoint 0" }));
    const dialog = within(screen.getByRole("alertdialog"));
    expect(dialog.getByText(/its history stays as it is/)).toBeTruthy();
    await user.click(dialog.getByRole("button", { name: "Go back to 0" }));
    await waitFor(() => expect(changes(calls)[0]?.path).toBe(path.slice(5)));
  });

  it("is where a new attempt starts from", async () => {
    const path = `POST /api/attempts/${attempt.id}/retry`;
    const { user, calls } = await openPanel({
      attempts: [attempt],
      view: { tab: "overview" },
      routes: { ...routes, [path]: () => ({ status: 201, body: attempt }) },
    });
    await user.click(await screen.findByRole("button", { name: "Start from it: a new attempt from checkpoint 1" }));
    await user.type(screen.getByRole("textbox", { name: /What is missing/ }), "Smaller");
    await user.click(screen.getByRole("button", { name: "Start the new attempt" }));
    await waitFor(() =>
      expect(changes(calls)[0]?.body).toEqual({ feedback: "Smaller", comment_ids: [], checkpoint: 1 }),
    );
  });
});

describe("tabs", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("open by key, and tell the files that changed", async () => {
    const { user } = await openPanel({ attempts: [aFullAttempt()] });
    expect(screen.getByRole("tab", { name: /Diff\s*3/ })).toBeTruthy();
    await user.keyboard("d");
    expect(await screen.findByText("diff of 1")).toBeTruthy();
    await user.keyboard("l");
    expect(await screen.findByText(/log of 1/)).toBeTruthy();
  });

  it("say what a queued attempt waits for", async () => {
    await openPanel({
      task: { blocked_by: [aTask(2).id] },
      others: [aTask(2)],
      attempts: [aFullAttempt({ state: "queued" })],
      view: { tab: "activity" },
    });
    expect(await screen.findByText(/It waits for #2/)).toBeTruthy();
  });

  it("offer the first run where there was none", async () => {
    await openPanel({ view: { tab: "diff" } });
    expect(await screen.findByText("This task was not run yet")).toBeTruthy();
  });

  it("say why the attempts could not be read", async () => {
    const path = `GET /api/tasks/${aTask(1).id}/attempts`;
    await openPanel({
      view: { tab: "terminal" },
      routes: { [path]: () => ({ status: 503, body: { error: { code: "unavailable", message: "not ready" } } }) },
    });
    expect((await screen.findByRole("alert")).textContent).toMatch(/Not ready/);
  });
});

describe("the agent at work", () => {
  afterEach(() => vi.unstubAllGlobals());
  const live = (part: Partial<Attempt>) => aFullAttempt({ ended_at: null, summary: null, ...part });
  const card = (part: Partial<Attempt>) => ({
    live_attempt: anAttempt({ id: aFullAttempt().id, state: part.state ?? "running", ...pickLive(part) }),
  });
  const pickLive = ({ is_stopped, progress }: Partial<Attempt>) => ({
    is_stopped: is_stopped ?? false,
    progress: progress ?? null,
  });

  it("is given another mode while it runs", async () => {
    const attempt = live({ state: "running", mode: "interactive", allowed_actions: ["set_mode"] });
    const path = `POST /api/attempts/${attempt.id}/mode`;
    const { user, calls } = await openPanel({
      attempts: [attempt],
      routes: { [path]: () => ({ body: { ...attempt, mode: "accept_edits" } }) },
    });
    await user.click(screen.getByRole("button", { name: "claude · interactive, change the mode" }));
    const chosen = screen.getByRole("menuitemradio", { name: /^Interactive/ });
    expect(chosen.getAttribute("aria-checked")).toBe("true");
    await user.click(screen.getByRole("menuitemradio", { name: /^Accept edits/ }));
    await waitFor(() => expect(changes(calls)[0]?.body).toEqual({ mode: "accept_edits" }));
  });

  it("says what the agent's program refuses, and what to do", async () => {
    const attempt = live({ state: "running", mode: "interactive", allowed_actions: ["set_mode"] });
    const path = `POST /api/attempts/${attempt.id}/mode`;
    const message = "Claude Code refuses to work unasked as root; run the board as a normal user";
    const { user } = await openPanel({
      attempts: [attempt],
      routes: { [path]: () => ({ status: 409, body: { error: { code: "conflict", message } } }) },
    });
    await user.click(screen.getByRole("button", { name: /change the mode/ }));
    await user.click(screen.getByRole("menuitemradio", { name: /^Bypass/ }));
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("The mode was not changed.");
    expect(alert.textContent).toContain("run the board as a normal user");
  });

  it("runs once in a mode of its own", async () => {
    const path = `POST /api/tasks/${aTask(1).id}/start`;
    const { user, calls } = await openPanel({
      task: { allowed_actions: ["start"] },
      routes: { [path]: () => ({ status: 204 }) },
    });
    await user.click(screen.getByRole("button", { name: "Choose the mode of this run" }));
    await user.click(screen.getByRole("menuitem", { name: /^Plan/ }));
    await waitFor(() => expect(changes(calls)[0]?.body).toEqual({ mode: "plan" }));
  });

  it("that was stopped says so; its work can be taken to Review", async () => {
    const attempt = live({ state: "waiting", is_stopped: true, allowed_actions: ["message", "finish"] });
    const path = `POST /api/attempts/${attempt.id}/finish`;
    const { user, calls } = await openPanel({
      task: { ...card({ state: "waiting", is_stopped: true }), allowed_actions: ["cancel"] },
      attempts: [attempt],
      view: { tab: "overview" },
      routes: { [path]: () => ({ body: attempt }) },
    });
    expect(screen.getByText("stopped · waits for your message")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Take the work to Review" }));
    await waitFor(() => expect(changes(calls)).toHaveLength(1));
  });

  it("tells how far it says it is", async () => {
    const progress = { phase: "tests", step: 2, total: 5, message: "writing tests" };
    await openPanel({ task: card({ state: "running", progress }), view: { tab: "overview" } });
    expect(screen.getByRole("status", { name: "Progress" }).textContent).toMatch(/writing tests\s*2\/5/);
  });

  it("leads to what it asks", async () => {
    const { user } = await openPanel({
      task: { ...card({ state: "waiting" }), allowed_actions: ["cancel"], pending_approvals: 1 },
      attempts: [live({ state: "waiting" })],
      view: { tab: "overview" },
    });
    await user.click(screen.getByRole("button", { name: /^Go to request/ }));
    expect(await screen.findByText(/log of 1/)).toBeTruthy();
  });

  it.each<[string, Partial<Attempt>, string]>([
    ["lost", { state: "failed", error: { code: "lost", message: "its process is gone" } }, "primary"],
    ["cancelled", { state: "cancelled" }, "secondary"],
  ])("that was %s is resumed", async (_name, part, variant) => {
    const attempt = aFullAttempt({ ...part, allowed_actions: ["message", "resume"] });
    const path = `POST /api/attempts/${attempt.id}/resume`;
    const { user, calls } = await openPanel({
      task: { status: "review", allowed_actions: ["start"] },
      attempts: [attempt],
      routes: { [path]: () => ({ body: attempt }) },
    });
    const header = within(screen.getByRole("banner"));
    const resume = header.getByRole("button", { name: "Resume" });
    expect(resume.dataset["variant"]).toBe(variant);
    await user.click(resume);
    await waitFor(() => expect(changes(calls)[0]).toMatchObject({ body: {}, path: path.slice(5) }));
  });

  it("marks what would run code, and leads to it", async () => {
    const { user } = await openPanel({ attempts: [aFullAttempt({ config_changes: [".mcp.json"] })] });
    expect(screen.getByRole("heading", { name: "Changes what runs code" })).toBeTruthy();
    await user.click(screen.getByRole("button", { name: ".mcp.json" }));
    expect(await screen.findByText("diff of 1")).toBeTruthy();
    expect(screen.getByText("changes what runs code:")).toBeTruthy();
  });
});
