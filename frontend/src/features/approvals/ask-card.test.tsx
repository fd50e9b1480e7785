import { screen, waitFor, within } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Approval, ApprovalPreview, Question } from "@/api/generated/types";
import { aDiffFile, anApproval, aProject, aQuestion } from "@/testing/fixtures";
import { type Call, mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import { AskCard } from "./components/ask-card";

type Routes = Parameters<typeof mockNetwork>[0];

const posts = (calls: readonly Call[]) => calls.filter((call) => call.method === "POST").map((call) => call.body);

/** Answers are kept apart by a moment, so that a key cannot answer what has just slid in. */
let nowMs = 10_000;

function open(asks: { approvals?: Approval[]; questions?: Question[] }, routes: Routes = {}) {
  nowMs += 10_000;
  vi.spyOn(performance, "now").mockImplementation(() => nowMs);
  const { approvals = [], questions = [] } = asks;
  const network = mockNetwork({
    "GET /api/approvals/pending": () => ({ body: page(approvals) }),
    "GET /api/questions/pending": () => ({ body: page(questions) }),
    "GET /api/projects": () => ({ body: page([aProject()]) }),
    ...Object.fromEntries(
      approvals.map((approval) => [
        `POST /api/approvals/${approval.id}`,
        () => ({ body: { ...approval, state: "allowed", resolved_by: "Firefox on Linux" } }),
      ]),
    ),
    ...Object.fromEntries(
      questions.map((question) => [
        `POST /api/questions/${question.id}`,
        () => ({ body: { ...question, state: "answered" } }),
      ]),
    ),
    ...routes,
  });
  const view = renderWithApp(
    <>
      {approvals.map((approval) => (
        <AskCard agentName="claude" id={approval.id} key={approval.id} type="approval" />
      ))}
      {questions.map((question) => (
        <AskCard agentName="claude" id={question.id} key={question.id} type="question" />
      ))}
    </>,
  );
  return { ...network, ...view };
}

const card = (name: string | RegExp = /wants to run a command/) => screen.findByRole("region", { name });

describe("the card of a call", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("shows the command whole, the agent's own words, and is allowed with Y", async () => {
    const { user, calls } = open({
      approvals: [anApproval(1, { description: "Install zod, as the routes share it" })],
    });
    const shown = within(await card("Claude wants to run a command"));
    expect(shown.getByText("npm install zod")).toBeTruthy();
    expect(shown.getByText(/“.*Install zod, as the routes share it.*”/)).toBeTruthy();
    await user.keyboard("y");
    await waitFor(() => expect(posts(calls)).toEqual([{ decision: "allow" }]));
    await user.keyboard("y");
    expect(posts(calls)).toHaveLength(1);
  });

  it("shows what the command could hide, and each argument besides", async () => {
    const tool_input = { command: "echo \u202e safe", dangerouslyDisableSandbox: true };
    open({ approvals: [anApproval(1, { tool_input, suggestions: [] })] });
    const shown = within(await card());
    expect(shown.getByText("\\u202e")).toBeTruthy();
    expect(shown.getByText("dangerouslyDisableSandbox")).toBeTruthy();
    expect(shown.getByText("asked each time")).toBeTruthy();
    expect(shown.queryByRole("button", { name: /Always/ })).toBeNull();
  });

  it("is allowed with edits, only once something is changed", async () => {
    const { user, calls } = open({ approvals: [anApproval(1)] });
    await card();
    await user.keyboard("e");
    const field = await screen.findByRole("textbox", { name: "Command" });
    await user.click(screen.getByRole("button", { name: /Allow as edited/ }));
    expect(screen.getByRole("alert").textContent).toBe("Nothing is changed yet.");
    await user.type(field, "@4{Control>}{Enter}{/Control}");
    await waitFor(() =>
      expect(posts(calls)).toEqual([
        { decision: "allow", updated_input: { command: "npm install zod@4", description: "Install zod" } },
      ]),
    );
  });

  it("is denied with a reason, and the turn stopped where asked", async () => {
    const { user, calls } = open({ approvals: [anApproval(1)] });
    await card();
    await user.keyboard("n");
    // The key that opened the form is not its first letter, and keys in it are text.
    const field = await screen.findByRole<HTMLTextAreaElement>("textbox", { name: "Reason" });
    await user.type(field, "not yet, please");
    expect(field.value).toBe("not yet, please");
    await user.click(screen.getByRole("button", { name: "Deny and stop" }));
    await waitFor(() => expect(posts(calls)).toEqual([{ decision: "deny", message: "not yet, please", stop: true }]));
  });

  it("goes back to the buttons with Escape", async () => {
    const { user } = open({ approvals: [anApproval(1)] });
    await card();
    await user.keyboard("n{Escape}");
    expect(await screen.findByRole("button", { name: /^Allow\s*Y$/ })).toBeTruthy();
  });

  it("shows the rule before it is stored, to be changed in pattern and reach", async () => {
    const { user, calls } = open({ approvals: [anApproval(1)] });
    await card();
    await user.keyboard("p");
    await user.click(await screen.findByRole("radio", { name: /npm install with any package/ }));
    const pattern = screen.getByRole<HTMLInputElement>("textbox", { name: "Pattern" });
    expect(pattern.value).toBe("npm install *");
    await user.clear(pattern);
    await user.type(pattern, "npm install zod *");
    await user.click(screen.getByRole("radio", { name: "This attempt" }));
    expect(posts(calls)).toEqual([]);
    await user.click(screen.getByRole("button", { name: /Allow, and always in this attempt/ }));
    await waitFor(() =>
      expect(posts(calls)).toEqual([
        { decision: "allow", remember: "attempt", rule: { tool_name: "Bash", pattern: "npm install zod *" } },
      ]),
    );
  });

  it("says who was faster, and asks what became of it", async () => {
    const conflict = {
      status: 409,
      body: {
        error: {
          code: "conflict",
          message: "Firefox on Linux allowed it 3 s ago",
          details: { resolved_by: "Firefox on Linux", resolved_at: "2026-11-20T10:06:00.000Z", state: "allowed" },
        },
      },
    };
    const approval = anApproval(1);
    const { user, calls } = open({ approvals: [approval] }, { [`POST /api/approvals/${approval.id}`]: () => conflict });
    await card();
    await user.keyboard("y");
    expect((await screen.findByRole("alert")).textContent).toBe("Firefox on Linux allowed it 3 s ago");
    await waitFor(() => expect(calls.filter((call) => call.path === "/api/approvals/pending")).toHaveLength(2));
  });

  it("keeps what was typed where the server cannot take it", async () => {
    const approval = anApproval(1);
    const broken = { status: 503, body: { error: { code: "unavailable", message: "the server is stopping" } } };
    const { user } = open({ approvals: [approval] }, { [`POST /api/approvals/${approval.id}`]: () => broken });
    await card();
    await user.keyboard("n");
    await user.type(await screen.findByRole("textbox", { name: "Reason" }), "because{Control>}{Enter}{/Control}");
    expect((await screen.findByRole("alert")).textContent).toBe("The server is stopping");
    expect(screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Reason" }).value).toBe("because");
  });

  it("gives the keys to the one that waits longest", async () => {
    const later = anApproval(2, { created_at: "2026-11-20T10:09:00.000Z", tool_input: { command: "ls" } });
    const { user, calls } = open({ approvals: [later, anApproval(1)] });
    await waitFor(() => expect(screen.getAllByRole("region", { name: /wants to run/ })).toHaveLength(2));
    await user.keyboard("y");
    await waitFor(() => expect(calls.filter((call) => call.method === "POST")).toHaveLength(1));
    expect(calls.find((call) => call.method === "POST")?.path).toContain(anApproval(1).id);
    // The next one stands in its place at once: the same key must not answer it, too.
    nowMs += 100;
    await user.keyboard("y");
    expect(calls.filter((call) => call.method === "POST")).toHaveLength(1);
    nowMs += 1000;
    await user.keyboard("y");
    await waitFor(() => expect(calls.filter((call) => call.method === "POST")).toHaveLength(2));
  });

  it("shows an edit against the file as it is now", async () => {
    const approval = anApproval(1, {
      tool_name: "Edit",
      tool_input: { file_path: "/etc/hosts", old_string: "a", new_string: "b" },
    });
    const preview: ApprovalPreview = {
      path: "/etc/hosts",
      is_inside: false,
      is_new: false,
      problem: null,
      diff: {
        file: aDiffFile("/etc/hosts"),
        hunks: [
          {
            old_start: 1,
            old_lines: 0,
            new_start: 1,
            new_lines: 1,
            section: "",
            lines: [{ kind: "added", old_no: null, new_no: 1, text: "evil.example 127.0.0.1" }],
          },
        ],
        notes: [],
        next_offset: null,
      },
    };
    open({ approvals: [approval] }, { [`GET /api/approvals/${approval.id}/preview`]: () => ({ body: preview }) });
    await card(/wants to edit a file/);
    expect(await screen.findByText(/evil\.example/)).toBeTruthy();
    expect(screen.getByText("outside the worktree")).toBeTruthy();
  });

  it("says why there is no change to show, and shows what is asked", async () => {
    const approval = anApproval(1, {
      tool_name: "Edit",
      tool_input: { file_path: "/w/a", old_string: "before", new_string: "after" },
    });
    const preview = { path: "a", is_inside: true, is_new: false, diff: null, problem: "the text is not in the file" };
    open({ approvals: [approval] }, { [`GET /api/approvals/${approval.id}/preview`]: () => ({ body: preview }) });
    expect(await screen.findByText("the text is not in the file")).toBeTruthy();
    expect(screen.getByText("after")).toBeTruthy();
  });

  it("tells what became of one that waits no more", async () => {
    const settled = anApproval(1, {
      state: "denied",
      resolved_by: "Firefox on Linux",
      resolved_at: "2026-11-20T10:06:00.000Z",
    });
    mockNetwork({
      "GET /api/approvals/pending": () => ({ body: page([]) }),
      "GET /api/questions/pending": () => ({ body: page([]) }),
      [`GET /api/approvals/${settled.id}`]: () => ({ body: settled }),
    });
    renderWithApp(<AskCard agentName="claude" id={settled.id} type="approval" />);
    expect((await screen.findByRole("status")).textContent).toMatch(/Denied.*by Firefox on Linux/);
  });
});

describe("the card of a plan", () => {
  afterEach(() => vi.unstubAllGlobals());
  const plan = anApproval(1, { kind: "plan", tool_name: "ExitPlanMode", tool_input: { plan: "1. **First** this" } });

  it("is approved with the mode to go on in", async () => {
    const { user, calls } = open({ approvals: [plan] });
    await card("Claude has made a plan");
    expect(screen.getByText("First").tagName).toBe("STRONG");
    await user.click(screen.getByRole("radio", { name: "Interactive" }));
    await user.keyboard("y");
    await waitFor(() => expect(posts(calls)).toEqual([{ decision: "allow", mode: "interactive" }]));
  });

  it("is sent back with a comment", async () => {
    const { user, calls } = open({ approvals: [plan] });
    await card("Claude has made a plan");
    await user.keyboard("n");
    await user.type(await screen.findByRole("textbox", { name: "Comment on the plan" }), "smaller");
    await user.click(screen.getByRole("button", { name: /Send back/ }));
    await waitFor(() => expect(posts(calls)).toEqual([{ decision: "deny", message: "smaller" }]));
  });

  it("is stopped", async () => {
    const { user, calls } = open({ approvals: [plan] });
    await card("Claude has made a plan");
    await user.click(screen.getByRole("button", { name: "Stop" }));
    await waitFor(() => expect(posts(calls)).toEqual([{ decision: "deny", stop: true }]));
  });
});

describe("the card of a question", () => {
  afterEach(() => vi.unstubAllGlobals());
  const [library] = aQuestion(1).questions;
  const two = aQuestion(1, {
    questions: [
      ...(library ? [library] : []),
      {
        question: "Which parts?",
        header: null,
        options: [
          { label: "API", description: null },
          { label: "UI", description: null },
        ],
        multi_select: true,
      },
    ],
  });

  it("is answered by digits and Enter, one question after the other", async () => {
    const { user, calls } = open({ questions: [two] });
    await card("Claude has questions");
    await user.keyboard("2");
    expect(screen.getByRole<HTMLInputElement>("radio", { name: /Temporal/ }).checked).toBe(true);
    await user.keyboard("12{Enter}");
    await waitFor(() =>
      expect(posts(calls)).toEqual([
        { answers: { "Which date library shall I use?": "Temporal", "Which parts?": "API, UI" } },
      ]),
    );
  });

  it("takes a free answer, and nothing without one", async () => {
    const { user, calls } = open({ questions: [aQuestion(1)] });
    await card("Claude has a question");
    const send = screen.getByRole<HTMLButtonElement>("button", { name: /Send answer/ });
    expect(send.disabled).toBe(true);
    await user.keyboard("{Enter}");
    await user.type(screen.getByRole("textbox", { name: /Another answer/ }), "none at all{Enter}");
    await waitFor(() =>
      expect(posts(calls)).toEqual([{ answers: { "Which date library shall I use?": "none at all" } }]),
    );
  });

  it("is left to the agent", async () => {
    const { user, calls } = open({ questions: [aQuestion(1)] });
    await card("Claude has a question");
    await user.click(screen.getByRole("button", { name: "Let the agent decide" }));
    await waitFor(() => expect(posts(calls)).toEqual([{ message: "Decide this yourself and go on." }]));
  });

  it("tells when it is answered by itself", async () => {
    const default_at = new Date(Date.now() + 90_000).toISOString();
    open({ questions: [aQuestion(1, { default_at })] });
    expect(await screen.findByText(/Answered by itself in 1:/)).toBeTruthy();
  });
});
