import { CircleQuestionMark, ShieldCheck, ShieldMinus, ShieldX } from "lucide-react";
import { PlainText } from "@/components/plain-text";
import { StateGlyph } from "@/components/state-glyph";
import { cn } from "@/lib/cn";
import { escapeHidden } from "@/lib/hidden-text";
import { callLine, callObject, plainWords } from "@/lib/ask-words";
import { readCall } from "@/lib/tool-call";
import type { AskRow } from "../model";
import { settledWords } from "../words";
import { FoldLine, Line, LogRow, RowIcon, useFold, useLogScope, Well } from "./log-row";

/** What the agent asked: to be answered while it waits, and a quiet row after that. */
export function AskLine({ row }: { row: AskRow }) {
  const { isLive } = useLogScope();
  if (row.state === "pending" && isLive) return <PendingRow row={row} />;
  if (row.state === "withdrawn") return <WithdrawnRow row={row} />;
  return row.type === "approval" ? <ApprovalRow row={row} /> : <QuestionRow row={row} />;
}

function PendingRow({ row }: { row: AskRow }) {
  const { renderAsk } = useLogScope();
  const glyph = <StateGlyph decorative state={row.type === "approval" ? "approval" : "question"} />;
  return (
    <LogRow icon={glyph} row={row}>
      {renderAsk ? (
        renderAsk(row)
      ) : (
        <Line className="font-[550] text-needs-you-text">
          <Asked row={row} />
        </Line>
      )}
    </LogRow>
  );
}

/** What was asked, in a line. */
function Asked({ row }: { row: AskRow }) {
  const { worktree } = useLogScope();
  const line =
    row.type === "approval"
      ? callLine(row.tool_name, row.tool_input, worktree)
      : { text: `asks: ${plainWords(row.questions[0]?.question ?? "a question")}` };
  return (
    <span className="min-w-0 truncate">
      <PlainText text={line.text} />
      {line.object ? (
        <code className="ml-1 text-code">
          <PlainText text={line.object} />
        </code>
      ) : null}
    </span>
  );
}

function WithdrawnRow({ row }: { row: AskRow }) {
  return (
    <LogRow icon={<RowIcon as={ShieldMinus} />} row={row}>
      <Line className="text-faint-foreground">
        <Asked row={row} />
        <span className="ml-auto shrink-0 pl-2 text-xs">taken back</span>
      </Line>
    </LogRow>
  );
}

type RowOf<Type extends AskRow["type"]> = Extract<AskRow, { type: Type }>;

function ApprovalRow({ row }: { row: RowOf<"approval"> }) {
  const { worktree } = useLogScope();
  const { isOpen, toggle } = useFold(row);
  const object = callObject(readCall(row.tool_name, row.tool_input), worktree) ?? "";
  return (
    <LogRow icon={<RowIcon as={row.state === "allowed" ? ShieldCheck : ShieldX} />} row={row}>
      <FoldLine isOpen={isOpen} onToggle={toggle}>
        <span className={cn("shrink-0 font-[550]", row.state === "denied" && "text-state-failed")}>
          {settledWords(row)}
        </span>
        <code className="min-w-0 truncate text-code" title={escapeHidden(object)}>
          <PlainText text={object.replaceAll("\n", " ⏎ ").slice(0, 400)} />
        </code>
        <Told text={row.message} />
        <Who by={row.resolved_by ?? null} />
      </FoldLine>
      {isOpen ? (
        <Well>
          {row.message ? (
            <p className="border-b px-3 py-2 text-xs [overflow-wrap:anywhere] whitespace-pre-wrap">
              “<PlainText text={row.message} />”
            </p>
          ) : null}
          <pre className="px-3 py-2 text-code [overflow-wrap:anywhere] whitespace-pre-wrap">
            <PlainText text={JSON.stringify(row.tool_input, undefined, 2)} />
          </pre>
        </Well>
      ) : null}
    </LogRow>
  );
}

function Told({ text }: { text: string | null }) {
  if (!text) return null;
  return (
    <span className="min-w-0 shrink-[2] truncate text-muted-foreground" title={escapeHidden(text)}>
      “<PlainText text={text} />”
    </span>
  );
}

function Who({ by }: { by: string | null }) {
  return (
    <span
      className="ml-auto min-w-0 shrink-[3] truncate pl-2 text-xs text-faint-foreground max-md:hidden"
      title={by ?? undefined}
    >
      {by === null ? "" : <PlainText text={by} />}
    </span>
  );
}

/** The questions with what was answered. */
function QuestionRow({ row }: { row: RowOf<"question"> }) {
  return (
    <LogRow icon={<RowIcon as={CircleQuestionMark} />} row={row}>
      <div className="flex flex-col pb-1">
        {row.questions.map((item) => (
          <div className="flex min-h-7 min-w-0 flex-wrap items-center gap-x-2" key={item.question}>
            <span className="text-muted-foreground [overflow-wrap:anywhere]">
              <PlainText text={item.question} />
            </span>
            <span className="font-[550] [overflow-wrap:anywhere]">
              <PlainText text={row.answers?.[item.question] ?? (row.state === "answered" ? "no answer" : "")} />
            </span>
          </div>
        ))}
        {row.state === "answered" ? null : <span className="text-muted-foreground">{settledWords(row)}</span>}
        <Who by={row.resolved_by} />
      </div>
    </LogRow>
  );
}
