import {
  Brain,
  CircleX,
  CornerDownLeft,
  FileQuestionMark,
  GitBranch,
  GitCommitHorizontal,
  GitMerge,
  Info,
  type LucideIcon,
  MessageSquare,
  Package,
  RotateCcw,
  ScrollText,
  Terminal,
  TriangleAlert,
} from "lucide-react";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { StateGlyph } from "@/components/state-glyph";
import { cn } from "@/lib/cn";
import { attemptCardState } from "@/lib/task-state";
import { escapeHidden } from "@/lib/hidden-text";
import { lastLine, shortenPath } from "../tools";
import type { Row } from "../model";
import { countEntries, stateWords } from "../words";
import { AskLine } from "./ask-row";
import { AttachedFiles } from "./attached-files";
import { CriterionRow } from "./criterion-row";
import { GateRow } from "./gate-row";
import { FoldLine, Line, LogRow, RowIcon, useFold, useLogScope, Well } from "./log-row";
import { Output } from "./output";
import { ToolLine } from "./tool-row";

type RowOf<Type extends Row["type"]> = Extract<Row, { type: Type }>;

/** One row of the log. */
export function EventRow({ row }: { row: Row }) {
  switch (row.type) {
    case "message":
      return <MessageRow row={row} />;
    case "thinking":
      return <ThinkingRow row={row} />;
    case "tool":
      return <ToolLine row={row} />;
    case "status":
      return <StatusRow row={row} />;
    case "approval":
    case "question":
      return <AskLine row={row} />;
    case "criterion":
      return <CriterionRow row={row} />;
    case "command":
      return <CommandRow row={row} />;
    case "gate":
      return <GateRow row={row} />;
    case "artifact":
      return <ArtifactRow row={row} />;
    case "progress":
      return <ProgressRow row={row} />;
    case "note":
      return <NoteRow row={row} />;
    case "output":
      return <OutputRow row={row} />;
    case "error":
      return <ErrorRow row={row} />;
  }
}

function MessageRow({ row }: { row: RowOf<"message"> }) {
  if (row.role === "user") return <UserRow row={row} />;
  return (
    <LogRow icon={<RowIcon as={row.role === "system" ? Info : MessageSquare} />} row={row}>
      <Markdown
        className={cn("max-w-[680px] pt-1 pb-2 max-md:text-base", row.role === "system" && "text-muted-foreground")}
        text={row.text}
      />
      {row.is_truncated ? (
        <p className="pb-2 text-xs text-muted-foreground">cut here; the rest is in the Terminal tab</p>
      ) : null}
    </LogRow>
  );
}

const shortMessage = 160;

/** What was sent to the agent: the first line, the whole when unfolded. */
function UserRow({ row }: { row: RowOf<"message"> }) {
  const isShort = row.text.length <= shortMessage && !row.text.trim().includes("\n");
  const { isOpen, toggle } = useFold(row, isShort);
  const summary = <span className="min-w-0 truncate">{isOpen ? null : <PlainText text={firstLine(row.text)} />}</span>;
  return (
    <LogRow icon={<RowIcon as={CornerDownLeft} />} row={row}>
      {isShort ? (
        <div className="flex gap-2 py-1 max-md:text-base">
          <span className="shrink-0 font-[550]">{row.parent_tool_use_id ? "Asked" : "You"}</span>
          <Markdown text={row.text} />
        </div>
      ) : (
        <>
          <FoldLine isOpen={isOpen} onToggle={toggle}>
            <span className="shrink-0 font-[550]">{row.parent_tool_use_id ? "Asked" : "You"}</span>
            {summary}
            <span className="ml-auto" />
          </FoldLine>
          {isOpen ? <Markdown className="max-w-[680px] pt-1 pb-2" text={row.text} /> : null}
        </>
      )}
      <AttachedFiles files={row.attachments} />
    </LogRow>
  );
}

function firstLine(text: string): string {
  const line = text.split("\n").find((candidate) => candidate.trim() !== "") ?? "";
  return line.replace(/^#+\s*/, "").slice(0, 300);
}

function ThinkingRow({ row }: { row: RowOf<"thinking"> }) {
  const { isOpen, toggle } = useFold(row);
  const isEmpty = row.text.trim() === "";
  return (
    <LogRow icon={<RowIcon as={Brain} />} row={row}>
      {isEmpty ? (
        <Line className="text-muted-foreground">Thought</Line>
      ) : (
        <FoldLine className="w-auto text-muted-foreground" isOpen={isOpen} onToggle={toggle}>
          Thought
        </FoldLine>
      )}
      {isOpen && !isEmpty ? (
        <Markdown className="max-w-[680px] pt-1 pb-2 text-muted-foreground" text={row.text} />
      ) : null}
    </LogRow>
  );
}

function StatusRow({ row }: { row: RowOf<"status"> }) {
  const isEnd = !["queued", "preparing", "running", "waiting", "gates"].includes(row.to);
  const icon = isEnd ? <StateGlyph decorative state={attemptCardState(row.to)} /> : <RowIcon as={GitBranch} />;
  return (
    <LogRow icon={icon} row={row}>
      <Line className="text-muted-foreground">
        <span className="shrink-0">
          {row.from ? `${stateWords[row.from]} → ` : ""}
          {stateWords[row.to]}
        </span>
        {row.reason ? (
          <span className="truncate" title={escapeHidden(row.reason)}>
            · <PlainText text={row.reason} />
          </span>
        ) : null}
      </Line>
    </LogRow>
  );
}

function CommandRow({ row }: { row: RowOf<"command"> }) {
  const { worktree } = useLogScope();
  return (
    <LogRow icon={<RowIcon as={Terminal} />} row={row}>
      <Line>
        <span className="shrink-0 font-[550]">Setup</span>
        <code className="truncate text-code" title={escapeHidden(row.cmd)}>
          <PlainText text={row.cmd} />
        </code>
        {row.cwd === worktree ? null : (
          <span className="ml-auto truncate text-xs text-faint-foreground">
            in <PlainText text={shortenPath(row.cwd, worktree)} />
          </span>
        )}
      </Line>
    </LogRow>
  );
}

const artifactIcons = new Map<string, LucideIcon>([
  ["commit", GitCommitHorizontal],
  ["merge", GitMerge],
]);

function ArtifactRow({ row }: { row: RowOf<"artifact"> }) {
  const ref = /^[0-9a-f]{40}$/.test(row.ref) ? row.ref.slice(0, 8) : row.ref;
  return (
    <LogRow icon={<RowIcon as={artifactIcons.get(row.kind) ?? Package} />} row={row}>
      <Line>
        <span className="shrink-0 font-[550] capitalize">
          <PlainText text={row.kind} />
        </span>
        <span className="truncate">
          <PlainText text={row.title ?? ""} />
        </span>
        <code className="ml-auto truncate pl-2 text-code text-faint-foreground" title={escapeHidden(row.ref)}>
          <PlainText text={ref} />
        </code>
      </Line>
    </LogRow>
  );
}

function ProgressRow({ row }: { row: RowOf<"progress"> }) {
  const isOurs = row.phase === "retry" || row.phase === "compaction" || row.phase === "worktree";
  const text = isOurs ? row.message : [row.phase, row.message].filter((part) => part !== "").join(" · ");
  return (
    <LogRow icon={<RowIcon as={row.phase === "retry" ? RotateCcw : GitBranch} />} row={row}>
      <Line className="text-muted-foreground">
        <span className="truncate" title={escapeHidden(text)}>
          <PlainText text={text} />
        </span>
        {row.step !== null && row.total !== null ? (
          <span className="ml-auto shrink-0 pl-2 text-xs text-faint-foreground tabular-nums">
            {row.step} of {row.total}
          </span>
        ) : null}
      </Line>
    </LogRow>
  );
}

function NoteRow({ row }: { row: RowOf<"note"> }) {
  const isBad = row.level === "warn" || row.level === "error";
  return (
    <LogRow
      icon={
        <RowIcon
          as={isBad ? TriangleAlert : Info}
          {...(row.level === "error" ? { className: "text-state-failed" } : {})}
        />
      }
      row={row}
    >
      <p
        className={cn(
          "py-1 [overflow-wrap:anywhere] whitespace-pre-wrap",
          row.level === "error" ? "" : "text-muted-foreground",
        )}
      >
        <PlainText text={row.message} />
      </p>
    </LogRow>
  );
}

/** What the agent's program printed beside its protocol, and entries that this version does not know. */
function OutputRow({ row }: { row: RowOf<"output"> }) {
  const { isOpen, toggle } = useFold(row);
  const isUnknown = row.stream === "unknown";
  const text = row.lines.map((line) => line.message).join("\n");
  return (
    <LogRow icon={<RowIcon as={isUnknown ? FileQuestionMark : ScrollText} />} row={row}>
      <FoldLine className="text-muted-foreground" isOpen={isOpen} onToggle={toggle}>
        <span className="shrink-0">
          {isUnknown ? countEntries(row.lines.length, "unknown") : `${row.stream} · ${countLines(row.lines.length)}`}
        </span>
        {isUnknown ? null : (
          <code className="truncate text-code">
            <PlainText text={lastLine(text)} />
          </code>
        )}
        <span className="ml-auto" />
      </FoldLine>
      {isOpen ? (
        <Well>
          <Output text={text} />
        </Well>
      ) : null}
    </LogRow>
  );
}

function countLines(count: number): string {
  return `${count} ${count === 1 ? "line" : "lines"}`;
}

function ErrorRow({ row }: { row: RowOf<"error"> }) {
  return (
    <LogRow icon={<RowIcon as={CircleX} className="text-state-failed" />} row={row}>
      <p className="py-1 font-[550] [overflow-wrap:anywhere] whitespace-pre-wrap text-state-failed max-md:text-base">
        <PlainText text={row.message} />
      </p>
      {row.detail ? (
        <Well>
          <Output text={row.detail} />
        </Well>
      ) : null}
    </LogRow>
  );
}
