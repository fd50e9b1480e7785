import { describe, expect, test } from "vitest";
import type { JsonValue } from "@/api/generated/types";
import type { ToolRow } from "./model";
import { editHunks, readLines, shortenPath, toolArgument, toolKind, toolOutcome, toolOutput, toolTodos } from "./tools";

type Given = {
  name?: string;
  input?: JsonValue;
  content?: string;
  detail?: JsonValue;
  isError?: boolean;
  tookMs?: number;
};

function row({ name = "Bash", input = {}, content, detail = null, isError = false, tookMs = 0 }: Given): ToolRow {
  const result =
    content === undefined
      ? undefined
      : {
          tool_use_id: "t",
          is_error: isError,
          content,
          detail,
          parent_tool_use_id: null,
          is_truncated: false,
          ts: new Date(Date.UTC(2026, 0, 1) + tookMs).toISOString(),
        };
  const call = { tool_use_id: "t", name, input, parent_tool_use_id: null };
  const ts = "2026-01-01T00:00:00.000Z";
  return { type: "tool", key: "1", seq: 1, ts, startedTs: ts, depth: 0, call, result, children: [] };
}

const outcome = (given: Given) =>
  toolOutcome(row(given)).map(({ text, tone }) => (tone === "plain" ? text : `${tone}: ${text}`));

describe("the argument", () => {
  test.each<[string, Given, string]>([
    ["command", { input: { command: "npm test", description: "Runs tests" } }, "npm test"],
    ["path in the worktree", { name: "Read", input: { file_path: "/home/x/wt/src/a.ts" } }, "src/a.ts"],
    [
      "path in a worktree that is gone",
      { name: "Edit", input: { file_path: "/h/workspaces/a1/fix-it/src/a.ts" } },
      "src/a.ts",
    ],
    ["path elsewhere", { name: "Write", input: { file_path: "/etc/hosts" } }, "/etc/hosts"],
    ["pattern", { name: "Grep", input: { pattern: "req\\.body", path: "src" } }, "req\\.body"],
    ["url", { name: "WebFetch", input: { url: "https://x.test/", prompt: "p" } }, "https://x.test/"],
    ["subagent", { name: "Agent", input: { description: "find callers", prompt: "long" } }, "find callers"],
    [
      "todo at work",
      {
        name: "TodoWrite",
        input: {
          todos: [
            { content: "a", status: "completed" },
            { content: "b", status: "in_progress" },
          ],
        },
      },
      "b",
    ],
    ["unknown tool", { name: "mcp__x__y", input: { n: 1, title: "hello" } }, "hello"],
    ["nothing", { name: "mcp__x__y", input: null }, ""],
    ["wrong types", { input: { command: 7 } }, ""],
  ])("%s", (_name, given, expected) => {
    expect(toolArgument(row(given), "/home/x/wt").text).toBe(expected);
  });

  test("only the worktree itself is cut off", () => {
    expect(shortenPath("/home/x/wt2/a", "/home/x/wt")).toBe("/home/x/wt2/a");
  });
});

describe("the outcome", () => {
  test.each<[string, Given, string[]]>([
    ["no result yet", {}, []],
    ["command", { content: "x", detail: { stdout: "a\nb\n", stderr: "" }, tookMs: 6240 }, ["6.2 s", "2 lines"]],
    ["quiet command", { content: "(no output)", detail: { stdout: "", stderr: "" } }, []],
    [
      "failed command",
      { content: "Exit code 3\nout\nerr", detail: "Error: Exit code 3\nout\nerr", isError: true },
      ["failed: exit 3", "2 lines"],
    ],
    ["failed tool", { name: "Read", content: "File does not exist.", isError: true }, ["failed: failed", "1 line"]],
    ["interrupted", { content: "", detail: { stdout: "", stderr: "", interrupted: true } }, ["failed: interrupted"]],
    [
      "read",
      { name: "Read", content: "1\tx", detail: { type: "text", file: { content: "x\n", numLines: 148 } } },
      ["148 lines"],
    ],
    ["read without detail", { name: "Read", content: "1\tx\n2\ty" }, ["2 lines"]],
    [
      "edit by strings",
      { name: "Edit", input: { old_string: "a\nb", new_string: "a\nc\nd" }, content: "ok" },
      ["added: +2", "removed: −1"],
    ],
    [
      "new file",
      { name: "Write", input: { content: "a\nb\n" }, content: "ok", detail: { type: "create", structuredPatch: [] } },
      ["new file", "added: +2"],
    ],
    ["search", { name: "Grep", content: "", detail: { numFiles: 2, filenames: ["a", "b"] } }, ["2 files"]],
    ["matches", { name: "Grep", content: "", detail: { numMatches: 7 } }, ["7 matches"]],
    ["one match", { name: "Grep", content: "", detail: { numMatches: 1 } }, ["1 match"]],
    [
      "subagent",
      { name: "Agent", content: "", detail: { totalToolUseCount: 9, totalDurationMs: 41_000 } },
      ["9 tools", "41 s"],
    ],
    [
      "todos",
      {
        name: "TodoWrite",
        input: {
          todos: [
            { content: "a", status: "completed" },
            { content: "b", status: "odd" },
          ],
        },
        content: "",
      },
      ["1 of 2"],
    ],
    ["detail of another shape", { content: "a", detail: { stdout: 7, file: "x", structuredPatch: {} } }, ["1 line"]],
  ])("%s", (_name, given, expected) => {
    expect(outcome(given)).toEqual(expected);
  });
});

describe("what unfolds", () => {
  test("the agent's own patch has line numbers", () => {
    const detail = {
      structuredPatch: [
        {
          oldStart: 4,
          oldLines: 3,
          newStart: 5,
          newLines: 3,
          lines: [" a", "-b", "+c", " d", "\\ No newline at end of file"],
        },
      ],
    };
    const lines = editHunks(row({ name: "Edit", content: "ok", detail })).flatMap((hunk) => hunk.lines);
    expect(lines).toEqual([
      { kind: "context", old_no: 4, new_no: 5, text: "a" },
      { kind: "removed", old_no: 5, new_no: null, text: "b" },
      { kind: "added", old_no: null, new_no: 6, text: "c" },
      { kind: "context", old_no: 6, new_no: 7, text: "d" },
    ]);
  });

  test("several edits are several hunks", () => {
    const edits = [
      { old_string: "a", new_string: "b" },
      { old_string: "c", new_string: "" },
    ];
    expect(editHunks(row({ name: "MultiEdit", input: { edits } }))).toHaveLength(2);
  });

  test("a command's own output, not the agent's view of it", () => {
    expect(toolOutput(row({ content: "seen", detail: { stdout: "out", stderr: "err" } }))).toBe("out\nerr");
    expect(toolOutput(row({ content: "seen", detail: null }))).toBe("seen");
  });

  test("read lines keep their numbers", () => {
    const detail = { type: "text", file: { content: "x\ny\n", startLine: 40, numLines: 2 } };
    expect(readLines(row({ name: "Read", content: "", detail }))).toEqual({ start: 40, lines: ["x", "y"] });
  });

  test("kinds", () => {
    expect(["Bash", "Agent", "mcp__a__b", "constructor"].map((name) => toolKind(row({ name })))).toEqual([
      "command",
      "subagent",
      "other",
      "other",
    ]);
    expect(toolTodos(row({ name: "TodoWrite", input: { todos: "x" } }))).toEqual([]);
  });
});
