/** What a tool row says: which sign, which argument, which result, and what unfolds. One table per tool, no React. */
import * as z from "zod/mini";
import type { DiffLine, JsonValue } from "@/api/generated/types";
import type { Hunk } from "@/components/edit-lines";
import { stripAnsi } from "@/lib/ansi";
import { formatCount } from "@/lib/format";
import { diffSequences } from "@/lib/sequence-diff";
import type { ToolRow } from "./model";

export type ToolKind =
  | "command"
  | "read"
  | "edit"
  | "write"
  | "search"
  | "web"
  | "todos"
  | "subagent"
  | "plan"
  | "question"
  | "other";
export type Argument = { text: string; isPath: boolean };
export type Outcome = { text: string; tone: "plain" | "failed" | "added" | "removed" };
export type Todo = { text: string; state: "pending" | "in_progress" | "completed" };

const kinds = new Map<string, ToolKind>(
  Object.entries({
    Bash: "command",
    BashOutput: "command",
    Read: "read",
    NotebookRead: "read",
    Edit: "edit",
    MultiEdit: "edit",
    NotebookEdit: "edit",
    Write: "write",
    Grep: "search",
    Glob: "search",
    LS: "search",
    ToolSearch: "search",
    WebFetch: "web",
    WebSearch: "web",
    TodoWrite: "todos",
    Agent: "subagent",
    Task: "subagent",
    ExitPlanMode: "plan",
    AskUserQuestion: "question",
  } satisfies Record<string, ToolKind>),
);

const maybe = <Schema extends z.ZodMiniType>(schema: Schema) => z.optional(z.catch(z.optional(schema), undefined));
const text = maybe(z.string());
const whole = maybe(z.number());
const input = z.object({
  command: text,
  description: text,
  file_path: text,
  notebook_path: text,
  path: text,
  pattern: text,
  query: text,
  url: text,
  prompt: text,
  content: text,
  plan: text,
  old_string: text,
  new_string: text,
  new_source: text,
  edits: maybe(z.array(z.object({ old_string: z.string(), new_string: z.string() }))),
  todos: maybe(z.array(z.object({ content: z.string(), status: z.string() }))),
  questions: maybe(z.array(z.object({ question: z.string() }))),
});
type Input = z.infer<typeof input>;

const patchHunk = z.object({ oldStart: z.number(), newStart: z.number(), lines: z.array(z.string()) });
const detail = z.object({
  stdout: text,
  stderr: text,
  interrupted: maybe(z.boolean()),
  timedOutAfterMs: whole,
  type: text,
  content: text,
  file: maybe(z.object({ content: z.string(), numLines: whole, startLine: whole, totalLines: whole })),
  structuredPatch: maybe(z.array(patchHunk)),
  numFiles: whole,
  numMatches: whole,
  filenames: maybe(z.array(z.string())),
  totalToolUseCount: whole,
  totalDurationMs: whole,
});
type Detail = z.infer<typeof detail>;

/** Lines of an edit compared at most, as `before` times `after`. */
const editCellsMax = 1_000_000;

/** What the call asks for; fields that are not there or of another type are undefined. */
export function readInput(row: ToolRow): Input {
  return input.safeParse(row.call?.input).data ?? {};
}

/** The structured result, as far as the agent gave one in a known shape. */
export function readDetail(row: ToolRow): Detail {
  return detail.safeParse(row.result?.detail).data ?? {};
}

/** Which sign and body a row has. */
export function toolKind(row: ToolRow): ToolKind {
  return kinds.get(row.call?.name ?? "") ?? "other";
}

/** The one argument that says what the call is about. */
export function toolArgument(row: ToolRow, worktree: string | null): Argument {
  const asked = readInput(row);
  const path = asked.file_path ?? asked.notebook_path;
  if (path !== undefined) return { text: shortenPath(path, worktree), isPath: true };
  const said = sayInput(toolKind(row), asked) ?? firstText(row.call?.input ?? null);
  return { text: said ?? "", isPath: false };
}

function sayInput(kind: ToolKind, asked: Input): string | undefined {
  switch (kind) {
    case "command":
      return asked.command;
    case "search":
      return asked.pattern ?? asked.query ?? asked.path;
    case "web":
      return asked.url ?? asked.query;
    case "subagent":
      return asked.description ?? asked.prompt;
    case "todos":
      return asked.todos?.find((todo) => todo.status === "in_progress")?.content;
    case "question":
      return asked.questions?.[0]?.question;
    case "plan":
      return asked.plan?.split("\n").find((line) => line.trim() !== "");
    case "read":
    case "edit":
    case "write":
    case "other":
      return asked.description ?? asked.command ?? asked.query ?? asked.url ?? asked.path;
  }
}

function firstText(value: JsonValue): string | undefined {
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.values(value).find((field) => typeof field === "string");
}

/** A path as the worktree's own; worktrees that are gone are known by their place. */
export function shortenPath(path: string, worktree: string | null): string {
  if (worktree !== null && path.startsWith(`${worktree}/`)) return path.slice(worktree.length + 1);
  return path.replace(/^.*\/workspaces\/[^/]+\/[^/]+\//, "");
}

/** What stands at the right of a row that has its result. */
export function toolOutcome(row: ToolRow): Outcome[] {
  if (!row.result) return [];
  const known = readDetail(row);
  if (row.result.is_error)
    return [{ text: failureOf(row.result.content), tone: "failed" }, ...took(row), ...lineCount(row)];
  switch (toolKind(row)) {
    case "command":
      return [...(known.interrupted ? [failed("interrupted")] : []), ...took(row), ...lineCount(row)];
    case "read":
      return known.file
        ? [plain(formatCount(known.file.numLines ?? countLines(known.file.content), "line"))]
        : lineCount(row);
    case "edit":
    case "write":
      return editOutcome(row);
    case "search":
      return [plain(searchCount(row, known))];
    case "subagent":
      return subagentOutcome(row, known);
    case "todos":
      return todoOutcome(row);
    case "web":
    case "plan":
    case "question":
    case "other":
      return took(row);
  }
}

const plain = (said: string): Outcome => ({ text: said, tone: "plain" });
const failed = (said: string): Outcome => ({ text: said, tone: "failed" });

function failureOf(content: string): string {
  const code = /^(?:Error: )?Exit code (\d+)/.exec(content)?.[1];
  return code === undefined ? "failed" : `exit ${code}`;
}

/** Only what took time is worth the room. */
function took(row: ToolRow): Outcome[] {
  const elapsedMs = row.result && row.call ? Date.parse(row.result.ts) - Date.parse(row.startedTs) : 0;
  return elapsedMs >= 1000 ? [plain(formatSeconds(elapsedMs))] : [];
}

/** `6.2 s`, `41 s`, `2 min`. */
export function formatSeconds(elapsedMs: number): string {
  const seconds = elapsedMs / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}

function lineCount(row: ToolRow): Outcome[] {
  const lines = countLines(toolOutput(row));
  return lines > 0 ? [plain(formatCount(lines, "line"))] : [];
}

function countLines(content: string): number {
  const trimmed = content.trimEnd();
  return trimmed === "" ? 0 : trimmed.split("\n").length;
}

function editOutcome(row: ToolRow): Outcome[] {
  const lines = editHunks(row).flatMap((hunk) => hunk.lines);
  const added = lines.filter((line) => line.kind === "added").length;
  const removed = lines.filter((line) => line.kind === "removed").length;
  return [
    ...(isNewFile(row) ? [plain("new file")] : []),
    ...(added > 0 ? [{ text: `+${added.toLocaleString("en")}`, tone: "added" } as const] : []),
    ...(removed > 0 ? [{ text: `−${removed.toLocaleString("en")}`, tone: "removed" } as const] : []),
  ];
}

/** Whether a write made its file. */
export function isNewFile(row: ToolRow): boolean {
  return toolKind(row) === "write" && readDetail(row).type === "create";
}

function searchCount(row: ToolRow, known: Detail): string {
  if (known.numMatches !== undefined) return formatCount(known.numMatches, "match").replace("matchs", "matches");
  const files = known.numFiles ?? known.filenames?.length;
  if (files !== undefined) return formatCount(files, "file");
  return formatCount(countLines(row.result?.content ?? ""), "line");
}

function subagentOutcome(row: ToolRow, known: Detail): Outcome[] {
  const tools = known.totalToolUseCount ?? row.children.filter((child) => child.type === "tool").length;
  const elapsed = known.totalDurationMs === undefined ? took(row) : [plain(formatSeconds(known.totalDurationMs))];
  return [...(tools > 0 ? [plain(formatCount(tools, "tool"))] : []), ...elapsed];
}

function todoOutcome(row: ToolRow): Outcome[] {
  const todos = toolTodos(row);
  return [plain(`${todos.filter((todo) => todo.state === "completed").length} of ${todos.length}`)];
}

/** The list of a todo call. */
export function toolTodos(row: ToolRow): Todo[] {
  return (readInput(row).todos ?? []).map((todo) => ({
    text: todo.content,
    state: todo.status === "completed" || todo.status === "in_progress" ? todo.status : "pending",
  }));
}

/** What the tool printed: a command's own output where it is known, else what the agent sees. */
export function toolOutput(row: ToolRow): string {
  const known = readDetail(row);
  if (known.stdout === undefined && known.stderr === undefined) return withoutExitCode(row.result?.content ?? "");
  const parts = [known.stdout ?? "", known.stderr ?? ""].filter((part) => part !== "");
  return parts.join("\n");
}

/** A failed command's first line is its exit code, which the row tells already. */
function withoutExitCode(content: string): string {
  return content.replace(/^(?:Error: )?Exit code \d+\n?/, "");
}

/** What a row shows folded is told by its last line, without colours. */
export function lastLine(output: string): string {
  return stripAnsi(output).trimEnd().split("\n").at(-1) ?? "";
}

/** The change that an edit or write made: the agent's own patch, or the compared texts. */
export function editHunks(row: ToolRow): Hunk[] {
  const { structuredPatch } = readDetail(row);
  if (structuredPatch && structuredPatch.length > 0) return structuredPatch.map(readPatch);
  const asked = readInput(row);
  if (asked.edits) return asked.edits.map((edit) => compareTexts(edit.old_string, edit.new_string));
  if (asked.old_string !== undefined || asked.new_string !== undefined) {
    return [compareTexts(asked.old_string ?? "", asked.new_string ?? "")];
  }
  const written = asked.content ?? asked.new_source;
  return written === undefined ? [] : [writtenLines(written)];
}

function readPatch(patch: z.infer<typeof patchHunk>): Hunk {
  let oldNo = patch.oldStart;
  let newNo = patch.newStart;
  // Git's own marks, as `\ No newline at end of file`, are no lines.
  const lines = patch.lines.filter((line) => !line.startsWith("\\"));
  return {
    lines: lines.map((line): DiffLine => {
      const content = line.slice(1);
      if (line.startsWith("+")) return { kind: "added", old_no: null, new_no: newNo++, text: content };
      if (line.startsWith("-")) return { kind: "removed", old_no: oldNo++, new_no: null, text: content };
      return { kind: "context", old_no: oldNo++, new_no: newNo++, text: content };
    }),
  };
}

/** Where the lines stand in their file is not known, so they have no numbers. */
function compareTexts(before: string, after: string): Hunk {
  const lines = (content: string) => (content === "" ? [] : content.replace(/\n$/, "").split("\n"));
  const changes = diffSequences(lines(before), lines(after), editCellsMax);
  return {
    lines: changes.map(({ kind, item }) => ({
      kind: kind === "same" ? "context" : kind,
      old_no: null,
      new_no: null,
      text: item,
    })),
  };
}

function writtenLines(content: string): Hunk {
  const lines = content.replace(/\n$/, "").split("\n");
  return { lines: lines.map((line, index) => ({ kind: "added", old_no: null, new_no: index + 1, text: line })) };
}

/** The lines that a read returned, with the number of the first. */
export function readLines(row: ToolRow): { start: number; lines: readonly string[] } | undefined {
  const { file } = readDetail(row);
  if (!file) return undefined;
  return { start: file.startLine ?? 1, lines: file.content.replace(/\n$/, "").split("\n") };
}
