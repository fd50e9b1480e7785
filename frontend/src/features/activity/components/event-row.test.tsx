import { fireEvent, render, screen } from "@testing-library/react";
import { type ReactNode, useState } from "react";
import { describe, expect, it } from "vitest";
import type { EventBody } from "@/api/generated/types";
import { AttemptLog, openRows, waitingCalls } from "../model";
import { EventRow } from "./event-row";
import { LogScope } from "./log-row";

const e = "\u001b";

type LogProps = { bodies: readonly EventBody[]; isLive?: boolean; renderAsk?: () => ReactNode };

function Log({ bodies, isLive = false, renderAsk }: LogProps) {
  const [open, setOpen] = useState<ReadonlyMap<string, boolean>>(new Map());
  const log = new AttemptLog();
  log.append(bodies.map((body, index) => ({ seq: index + 1, ts: `2026-11-20T10:00:0${index}.000Z`, ...body })));
  const scope = {
    worktree: "/w/t",
    isLive,
    waiting: waitingCalls(log.rows),
    isOpen: (row: { key: string }, byDefault: boolean) => open.get(row.key) ?? byDefault,
    onToggle: (row: { key: string }, isOpen: boolean) => setOpen((old) => new Map([...old, [row.key, isOpen]])),
    onLink: () => undefined,
    renderAsk,
  };
  return (
    <LogScope value={scope}>
      {openRows(log.rows, (key) => open.get(key) ?? false).map((row) => (
        <EventRow key={row.key} row={row} />
      ))}
    </LogScope>
  );
}

const call = (name: string, input: object, parent: string | null = null, id = "t"): EventBody => ({
  kind: "TOOL_CALL",
  payload: { tool_use_id: id, name, input: JSON.parse(JSON.stringify(input)), parent_tool_use_id: parent },
});
const result = (content: string, isError = false, id = "t"): EventBody => ({
  kind: "TOOL_RESULT",
  payload: { tool_use_id: id, is_error: isError, content, detail: null, parent_tool_use_id: null, is_truncated: false },
});
const log = (stream: "unknown" | "stderr", message: string): EventBody => ({
  kind: "LOG",
  payload: { level: "info", stream, message, is_truncated: false },
});

const toggle = (name: RegExp) => fireEvent.click(screen.getByRole("button", { name }));

describe("a row of the log", () => {
  it("unfolds a command to what it printed, in its colours and nothing else", () => {
    render(
      <Log
        bodies={[
          call("Bash", { command: "npm test" }),
          result(`${e}[31mred${e}[0m ${e}]8;;javascript:x${e}\\link${e}]8;;${e}\\`),
        ]}
      />,
    );
    expect(screen.queryByText("red")).toBeNull();
    toggle(/Bash.*npm test/);
    expect(screen.getByText("red").className).toContain("text-diff-del-text");
    expect(screen.getByText(/link/)).toBeTruthy();
    expect(document.querySelector('a[href^="javascript"]')).toBeNull();
  });

  it("stands open where a command failed, with its exit code", () => {
    render(<Log bodies={[call("Bash", { command: "false" }), result("Exit code 3\nbroken", true)]} />);
    expect(screen.getByRole("button", { expanded: true }).textContent).toContain("exit 3");
    expect(screen.getByText("broken")).toBeTruthy();
  });

  it("shows hidden characters of a command, folded and unfolded", () => {
    render(<Log bodies={[call("Bash", { command: "rm \u202e\u200b\r -rf" }), result("")]} />);
    toggle(/Bash/);
    for (const escape of [String.raw`\u202e`, String.raw`\u200b`, String.raw`\r`]) {
      expect(screen.getAllByText(escape)).toHaveLength(2);
    }
  });

  it("says what is still running, and what never answered", () => {
    const { unmount } = render(<Log bodies={[call("Bash", { command: "sleep" })]} isLive />);
    expect(screen.getByRole("button").textContent).toMatch(/running/);
    unmount();
    render(<Log bodies={[call("Bash", { command: "sleep" })]} />);
    expect(screen.getByRole("button").textContent).toMatch(/no result/);
  });

  it("shows an edit as a diff with its path in the worktree", () => {
    render(
      <Log
        bodies={[call("Edit", { file_path: "/w/t/src/a.ts", old_string: "one", new_string: "two" }), result("ok")]}
      />,
    );
    expect(screen.getByRole("button", { expanded: true }).textContent).toContain("src/a.ts");
    expect(screen.getByRole("button").textContent).toMatch(/\+1.*−1/);
    expect(screen.getByText("two")).toBeTruthy();
  });

  it("unfolds a subagent to what it did", () => {
    render(
      <Log
        bodies={[
          call("Agent", { description: "find callers", prompt: "Find them" }),
          call("Bash", { command: "grep -rn" }, "t", "u"),
          result("found", false, "u"),
          result("three callers"),
        ]}
      />,
    );
    expect(screen.queryByText("grep -rn")).toBeNull();
    toggle(/Agent.*find callers/);
    expect(screen.getByRole("button", { name: /Bash.*grep -rn/ })).toBeTruthy();
    expect(screen.getByText("three callers")).toBeTruthy();
  });

  it("counts unknown entries and shows them when asked", () => {
    render(
      <Log bodies={[log("unknown", '{"type":"mystery"}'), log("unknown", "other"), log("stderr", "warning: x")]} />,
    );
    toggle(/2 unknown entries/);
    expect(screen.getByText(/mystery/)).toBeTruthy();
    expect(screen.getByRole("button", { name: /stderr · 1 line.*warning: x/ })).toBeTruthy();
  });

  const asked = (state: "pending" | "allowed" | "denied" | "withdrawn", more: object = {}): EventBody => ({
    kind: "APPROVAL",
    payload: {
      approval_id: "p",
      state,
      tool_name: "Bash",
      tool_input: { command: "git push" },
      message: null,
      ...more,
    },
  });

  it("tells a denied approval in its place: what, why and by whom", () => {
    render(<Log bodies={[asked("denied", { message: "not on this board", resolved_by: "Firefox on Linux" })]} />);
    const row = screen.getByRole("button", { name: /Denied\s*git push\s*“not on this board”\s*Firefox on Linux/ });
    expect(row).toBeTruthy();
  });

  it("tells that a call was changed before it was allowed", () => {
    render(<Log bodies={[asked("pending"), asked("allowed", { is_edited: true })]} />);
    expect(screen.getByRole("button", { name: /Allowed with edits/ })).toBeTruthy();
  });

  it("leaves a pending ask to be answered in place, while the agent lives", () => {
    const { unmount } = render(<Log bodies={[asked("pending")]} isLive renderAsk={() => <p>answer here</p>} />);
    expect(screen.getByText("answer here")).toBeTruthy();
    unmount();
    render(<Log bodies={[asked("pending")]} renderAsk={() => <p>answer here</p>} />);
    expect(screen.queryByText("answer here")).toBeNull();
    expect(screen.getByRole("button", { name: /Was not answered/ })).toBeTruthy();
  });

  it("says of a call that waits that it does not run yet", () => {
    const bash = call("Bash", { command: "git push" }, null, "t");
    const { unmount } = render(<Log bodies={[bash, asked("pending", { tool_use_id: "t" })]} isLive />);
    expect(screen.getByRole("button", { name: /Bash.*waits for you/ })).toBeTruthy();
    unmount();
    render(<Log bodies={[bash, asked("allowed", { tool_use_id: "t" })]} isLive />);
    expect(screen.getByRole("button", { name: /Bash.*running/ })).toBeTruthy();
  });

  it("keeps one that was taken back as a faint line without a button", () => {
    render(<Log bodies={[asked("pending"), asked("withdrawn")]} isLive renderAsk={() => <p>answer here</p>} />);
    expect(screen.queryByText("answer here")).toBeNull();
    expect(screen.queryByRole("button")).toBeNull();
    expect(screen.getByText("taken back")).toBeTruthy();
  });

  it("tells each question with its answer, and by whom", () => {
    const question = { question: "Which library?", header: null, options: [], multi_select: false };
    render(
      <Log
        bodies={[
          {
            kind: "QUESTION",
            payload: {
              question_id: "q",
              state: "answered",
              questions: [question, { ...question, question: "Which port?" }],
              answers: { "Which library?": "date-fns" },
              message: null,
              resolved_by: "Firefox on Linux",
            },
          },
        ]}
      />,
    );
    expect(screen.getByText("date-fns")).toBeTruthy();
    expect(screen.getByText("no answer")).toBeTruthy();
    expect(screen.getByText("Firefox on Linux")).toBeTruthy();
  });

  it("tells errors and changes of state plainly", () => {
    render(
      <Log
        bodies={[
          { kind: "ERROR", payload: { message: "Credit balance is too low", detail: "billing_error" } },
          { kind: "STATUS", payload: { from: "running", to: "failed", reason: "agent_error" } },
        ]}
      />,
    );
    expect(screen.getByText("Credit balance is too low")).toBeTruthy();
    expect(screen.getByText("billing_error")).toBeTruthy();
    expect(screen.getByText(/running → failed/)).toBeTruthy();
  });

  it("tells a criterion with what the agent names as evidence, as text", () => {
    const evidence = "cart.test.ts <b>passes</b>";
    const payload = { criterion_id: "c1", text: "The total is right", done: true, evidence };
    render(<Log bodies={[{ kind: "CRITERION", payload }]} />);
    expect(screen.getByText("Criterion met")).toBeTruthy();
    expect(screen.getByText(evidence)).toBeTruthy();
  });

  it("names the files that went with a message", () => {
    const file = { id: "a", name: "shot.png", media_type: "image/png", byte_count: 4 };
    const payload = { role: "user", text: "Look", parent_tool_use_id: null, is_truncated: false } as const;
    render(<Log bodies={[{ kind: "MESSAGE", payload: { ...payload, attachments: [file] } }]} />);
    expect(screen.getByRole("list", { name: "Attached files" }).textContent).toBe("shot.png");
  });

  it("shows a tool that it does not know as its input and output", () => {
    render(<Log bodies={[call("mcp__x__y", { level: 3, title: "hello" }), result("<script>alert(1)</script>")]} />);
    toggle(/mcp__x__y.*hello/);
    expect(screen.getByText(/"level": 3/)).toBeTruthy();
    expect(screen.getByText("<script>alert(1)</script>")).toBeTruthy();
    expect(document.querySelector("script")).toBeNull();
  });
});
