/** A tool call as people read it: what kind of thing it does, and to what. Wherever a call that waits is named. */
import * as z from "zod/mini";
import type { JsonValue } from "@/api/generated/types";

export type ToolCall =
  | { type: "command"; command: string }
  | { type: "edit"; path: string }
  | { type: "write"; path: string; content: string }
  | { type: "read"; path: string }
  | { type: "fetch"; url: string }
  | { type: "search"; query: string }
  | { type: "mcp"; server: string; tool: string }
  | { type: "plan"; plan: string }
  | { type: "other"; tool: string };

export type JsonObject = { [key in string]: JsonValue };

const record = z.record(
  z.string(),
  z.custom<JsonValue>((value) => value !== undefined),
);
const command = z.object({ command: z.string() });
const filePath = z.object({ file_path: z.string() });
const notebookPath = z.object({ notebook_path: z.string() });
const written = z.object({ file_path: z.string(), content: z.string() });
const address = z.object({ url: z.string() });
const query = z.object({ query: z.string() });
const planned = z.object({ plan: z.string() });
const mcpName = /^mcp__(.+?)__(.+)$/;

/** Reads a call. Arguments of another shape than the tool is known for make it a call like any other. */
export function readCall(toolName: string, input: JsonValue): ToolCall {
  return knownCall(toolName, input) ?? mcpCall(toolName) ?? { type: "other", tool: toolName };
}

function knownCall(toolName: string, input: JsonValue): ToolCall | undefined {
  switch (toolName) {
    case "Bash":
      return asked(command, input, (call) => ({ type: "command", command: call.command }));
    case "Edit":
    case "MultiEdit":
      return asked(filePath, input, (call) => ({ type: "edit", path: call.file_path }));
    case "NotebookEdit":
      return asked(notebookPath, input, (call) => ({ type: "edit", path: call.notebook_path }));
    case "Write":
      return asked(written, input, (call) => ({ type: "write", path: call.file_path, content: call.content }));
    case "Read":
      return asked(filePath, input, (call) => ({ type: "read", path: call.file_path }));
    case "WebFetch":
      return asked(address, input, (call) => ({ type: "fetch", url: call.url }));
    case "WebSearch":
      return asked(query, input, (call) => ({ type: "search", query: call.query }));
    case "ExitPlanMode":
      return asked(planned, input, (call) => ({ type: "plan", plan: call.plan }));
    default:
      return undefined;
  }
}

function asked<Shape>(
  schema: z.ZodMiniType<Shape>,
  input: JsonValue,
  make: (shape: Shape) => ToolCall,
): ToolCall | undefined {
  const read = schema.safeParse(input);
  return read.success ? make(read.data) : undefined;
}

function mcpCall(toolName: string): ToolCall | undefined {
  const [, server, tool] = mcpName.exec(toolName) ?? [];
  return server !== undefined && tool !== undefined ? { type: "mcp", server, tool } : undefined;
}

/** The arguments as named fields; a call whose arguments are none has none. */
export function callFields(input: JsonValue): JsonObject {
  return record.safeParse(input).data ?? {};
}

const shownElsewhere: Record<ToolCall["type"], readonly string[]> = {
  command: ["command", "description"],
  edit: ["file_path", "notebook_path", "old_string", "new_string", "new_source", "edits"],
  write: ["file_path", "content"],
  read: ["file_path"],
  fetch: ["url"],
  search: ["query"],
  mcp: [],
  plan: ["plan", "planFilePath"],
  other: [],
};

/**
 * The arguments that a call's own form does not show: none may be hidden from who allows it. What a known form leaves
 * switched off is no argument.
 */
export function otherFields(call: ToolCall, input: JsonValue): readonly (readonly [string, JsonValue])[] {
  const shown = shownElsewhere[call.type];
  const isKnown = call.type !== "mcp" && call.type !== "other";
  return Object.entries(callFields(input)).filter(
    ([key, value]) => !shown.includes(key) && !(isKnown && (value === false || value === null)),
  );
}

/** A path as the worktree's own. */
export function pathInside(path: string, cwd: string | null): string {
  return cwd !== null && path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}
