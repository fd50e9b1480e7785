/** The words for what an agent asks: on a card, in the log, in the list, in a notification. The same everywhere. */
import type { Approval, JsonValue } from "@/api/generated/types";
import type { Ask } from "@/api/asks";
import { pathInside, readCall, type ToolCall } from "./tool-call";

/** A line with its object, which is shown in mono. */
export type AskLine = { text: string; object?: string };

/** As a card says it: `wants to run` and `npm install zod`, or `asks: …`. */
export function askLine(ask: Ask): AskLine {
  if (ask.type === "question") {
    const [first, ...more] = ask.question.questions.map((item) => plainWords(item.question));
    return { text: `asks: ${first ?? "a question"}${more.length > 0 ? ` and ${more.length} more` : ""}` };
  }
  const { tool_name, tool_input, cwd } = ask.approval;
  return callLine(tool_name, tool_input, cwd);
}

/** Markdown in one line, without its signs. */
export function plainWords(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replace(/^#+ /, "")
    .replaceAll(/`|\*\*/g, "");
}

/** As a card says that a call waits. */
export function callLine(toolName: string, input: JsonValue, cwd: string | null): AskLine {
  const call = readCall(toolName, input);
  const object = callObject(call, cwd);
  const text = wants[call.type];
  return object === undefined ? { text } : { text, object: firstLine(object) };
}

const wants: Record<ToolCall["type"], string> = {
  command: "wants to run",
  edit: "wants to edit",
  write: "wants to write",
  read: "wants to read",
  fetch: "wants to fetch",
  search: "wants to search for",
  mcp: "wants to call",
  plan: "has made a plan",
  other: "wants to use",
};

/** What the call is about. */
export function callObject(call: ToolCall, cwd: string | null): string | undefined {
  switch (call.type) {
    case "command":
      return call.command;
    case "edit":
    case "write":
    case "read":
      return pathInside(call.path, cwd);
    case "fetch":
      return call.url;
    case "search":
      return call.query;
    case "mcp":
      return `${call.server} · ${call.tool}`;
    case "other":
      return call.tool;
    case "plan":
      return undefined;
  }
}

const titles: Record<ToolCall["type"], string> = {
  command: "run a command",
  edit: "edit a file",
  write: "write a file",
  read: "read a file",
  fetch: "fetch a page",
  search: "search the web",
  mcp: "call a tool",
  plan: "carry out a plan",
  other: "use a tool",
};

/** What is to be allowed, as a heading: `Run a command`. */
export function askTitle(ask: Ask): string {
  if (ask.type === "question") return ask.question.questions.length > 1 ? "Answer questions" : "Answer a question";
  const call = readCall(ask.approval.tool_name, ask.approval.tool_input);
  return call.type === "plan" ? "Approve a plan" : capitalise(titles[call.type]);
}

/** Who wants what: `Claude wants to run a command`. */
export function approvalTitle(approval: Approval, agentName: string | undefined): string {
  const call = readCall(approval.tool_name, approval.tool_input);
  const who = agentName ? capitalise(agentName) : "The agent";
  if (call.type === "plan") return `${who} has made a plan`;
  const asking = approval.is_subagent ? `A subagent of ${agentName ? who : "the agent"}` : who;
  return `${asking} wants to ${titles[call.type]}`;
}

/** The first letter as a capital. */
export function capitalise(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const objectMax = 300;

function firstLine(text: string): string {
  const lines = text.trim().split("\n");
  const line = (lines[0] ?? "").slice(0, objectMax);
  return lines.length > 1 || line.length < (lines[0] ?? "").length ? `${line} …` : line;
}
