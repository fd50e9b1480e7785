import { describe, expect, it } from "vitest";
import { approvalAsk, questionAsk } from "@/api/asks";
import type { JsonValue } from "@/api/generated/types";
import { anApproval, aQuestion } from "@/testing/fixtures";
import { approvalTitle, askLine, askTitle } from "./ask-words";
import { otherFields, readCall } from "./tool-call";

describe("readCall", () => {
  it.each<[string, JsonValue, object]>([
    ["Bash", { command: "ls" }, { type: "command", command: "ls" }],
    ["Edit", { file_path: "/w/a" }, { type: "edit", path: "/w/a" }],
    ["NotebookEdit", { notebook_path: "/w/n" }, { type: "edit", path: "/w/n" }],
    ["Write", { file_path: "/w/a", content: "" }, { type: "write", path: "/w/a", content: "" }],
    ["WebFetch", { url: "https://a.example" }, { type: "fetch", url: "https://a.example" }],
    ["mcp__linear__create__issue", {}, { type: "mcp", server: "linear", tool: "create__issue" }],
    ["ExitPlanMode", { plan: "# P" }, { type: "plan", plan: "# P" }],
    ["Bash", { command: ["ls"] }, { type: "other", tool: "Bash" }],
    ["Bash", null, { type: "other", tool: "Bash" }],
    ["Future", { a: 1 }, { type: "other", tool: "Future" }],
  ])("%s %j", (tool, input, expected) => {
    expect(readCall(tool, input)).toEqual(expected);
  });

  it("hides no argument from who allows the call", () => {
    const input = { command: "ls", description: "why", dangerouslyDisableSandbox: true, timeout: 5, background: false };
    expect(otherFields(readCall("Bash", input), input)).toEqual([
      ["dangerouslyDisableSandbox", true],
      ["timeout", 5],
    ]);
    expect(otherFields(readCall("Future", { a: false }), { a: false })).toEqual([["a", false]]);
  });
});

describe("the words", () => {
  it.each([
    [anApproval(1), "wants to run", "npm install zod"],
    [anApproval(1, { tool_input: { command: "ls\nrm x" } }), "wants to run", "ls …"],
    [
      anApproval(1, { tool_name: "Edit", cwd: "/w", tool_input: { file_path: "/w/src/a.ts" } }),
      "wants to edit",
      "src/a.ts",
    ],
    [
      anApproval(1, { tool_name: "Write", cwd: "/w", tool_input: { file_path: "/etc/x", content: "" } }),
      "wants to write",
      "/etc/x",
    ],
    [anApproval(1, { tool_name: "mcp__a__b", tool_input: {} }), "wants to call", "a · b"],
    [
      anApproval(1, { kind: "plan", tool_name: "ExitPlanMode", tool_input: { plan: "x" } }),
      "has made a plan",
      undefined,
    ],
  ])("say what %o wants", (approval, text, object) => {
    expect(askLine(approvalAsk(approval))).toEqual(object === undefined ? { text } : { text, object });
  });

  it("say what is asked, in one line", () => {
    const [item] = aQuestion(1).questions;
    if (item === undefined) throw new Error("the fixture asks something");
    const question = aQuestion(1, { questions: [{ ...item, question: "Keep `/settings`\nas a redirect?" }, item] });
    expect(askLine(questionAsk(question)).text).toBe("asks: Keep /settings as a redirect? and 1 more");
    expect(askTitle(questionAsk(question))).toBe("Answer questions");
  });

  it("name who wants it", () => {
    expect(approvalTitle(anApproval(1), "claude")).toBe("Claude wants to run a command");
    expect(approvalTitle(anApproval(1, { is_subagent: true }), undefined)).toBe(
      "A subagent of the agent wants to run a command",
    );
  });
});
