import {
  Bot,
  CircleQuestionMark,
  ClipboardList,
  FilePen,
  FilePlus,
  FileText,
  FolderSearch,
  Globe,
  ListTodo,
  type LucideIcon,
  Terminal,
  Wrench,
} from "lucide-react";
import { Elapsed } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";
import { cn } from "@/lib/cn";
import { escapeHidden } from "@/lib/hidden-text";
import type { ToolRow } from "../model";
import { type Argument, editHunks, type Outcome, toolArgument, type ToolKind, toolKind, toolOutcome } from "../tools";
import { FoldLine, LogRow, RowIcon, useFold, useLogScope } from "./log-row";
import { ToolBody } from "./tool-body";

const icons: Record<ToolKind, LucideIcon> = {
  command: Terminal,
  read: FileText,
  edit: FilePen,
  write: FilePlus,
  search: FolderSearch,
  web: Globe,
  todos: ListTodo,
  subagent: Bot,
  plan: ClipboardList,
  question: CircleQuestionMark,
  other: Wrench,
};

const tones: Record<Outcome["tone"], string> = {
  plain: "",
  failed: "font-[550] text-state-failed",
  added: "text-diff-add-text",
  removed: "text-diff-del-text",
};

const smallEdit = 14;

/** A tool call with its result: one line, and what it did when unfolded. */
export function ToolLine({ row }: { row: ToolRow }) {
  const { worktree } = useLogScope();
  const { isOpen, toggle } = useFold(row, opensByItself(row));
  const kind = toolKind(row);
  return (
    <LogRow icon={<RowIcon as={icons[kind]} />} row={row}>
      <FoldLine isOpen={isOpen} onToggle={toggle}>
        <span className="shrink-0 font-[550]">
          <PlainText text={row.call?.name ?? "Result of an earlier call"} />
        </span>
        <ArgumentText argument={toolArgument(row, worktree)} />
        <span className="ml-auto flex shrink-0 items-center gap-2 pl-2 text-xs text-faint-foreground tabular-nums">
          {row.result ? <Outcomes outcomes={toolOutcome(row)} /> : <Unanswered row={row} />}
        </span>
      </FoldLine>
      {isOpen ? <ToolBody row={row} /> : null}
    </LogRow>
  );
}

/** A finished call in one line, outside of its log. */
export function ToolGlance({ row, worktree }: { row: ToolRow; worktree: string | null }) {
  return (
    <div className="flex h-7 min-w-0 items-center gap-2">
      <span className="text-faint-foreground">
        <RowIcon as={icons[toolKind(row)]} />
      </span>
      <span className="shrink-0 font-[550]">
        <PlainText text={row.call?.name ?? "Result"} />
      </span>
      <ArgumentText argument={toolArgument(row, worktree)} />
      <span className="ml-auto flex shrink-0 items-center gap-2 pl-2 text-xs text-faint-foreground tabular-nums">
        <Outcomes outcomes={toolOutcome(row)} />
      </span>
    </div>
  );
}

/** What is short and says the most stands open: a small edit, a command that failed. */
function opensByItself(row: ToolRow): boolean {
  if (!row.result) return false;
  switch (toolKind(row)) {
    case "command":
      return row.result.is_error;
    case "edit":
    case "write": {
      const lines = editHunks(row).flatMap((hunk) => hunk.lines);
      return !row.result.is_error && lines.length > 0 && lines.length <= smallEdit;
    }
    case "read":
    case "search":
    case "web":
    case "todos":
    case "subagent":
    case "plan":
    case "question":
    case "other":
      return false;
  }
}

/** A path is cut at its start, everything else at its end. */
function ArgumentText({ argument }: { argument: Argument }) {
  const text = argument.text.length > 400 ? `${argument.text.slice(0, 400)}…` : argument.text;
  if (text === "") return null;
  return (
    <code
      className="min-w-0 truncate text-code"
      dir={argument.isPath ? "rtl" : undefined}
      title={escapeHidden(text).replaceAll("\n", "\\n")}
    >
      <bdi dir="ltr">
        <PlainText text={text.replaceAll("\n", " ⏎ ")} />
      </bdi>
    </code>
  );
}

function Outcomes({ outcomes }: { outcomes: readonly Outcome[] }) {
  return outcomes.map((outcome, index) => (
    <span className={cn(tones[outcome.tone], "max-md:not-first:hidden")} key={index}>
      {outcome.text}
    </span>
  ));
}

function Unanswered({ row }: { row: ToolRow }) {
  const { isLive, waiting } = useLogScope();
  if (!isLive) return <span>no result</span>;
  if (row.call && waiting.has(row.call.tool_use_id)) return <span>waits for you</span>;
  return (
    <span className="text-state-running">
      running <Elapsed since={row.startedTs} />
    </span>
  );
}
