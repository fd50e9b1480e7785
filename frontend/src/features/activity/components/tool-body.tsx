import { Circle, CircleCheck, CircleDot, type LucideIcon } from "lucide-react";
import { CodeLine } from "@/components/code-line";
import { EditLines } from "@/components/edit-lines";
import { Markdown } from "@/components/markdown";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import { escapeHidden } from "@/lib/hidden-text";
import { languageOf } from "@/lib/highlight";
import type { ToolRow } from "../model";
import { editHunks, readInput, readLines, type Todo, toolArgument, toolKind, toolOutput, toolTodos } from "../tools";
import { useLogScope, Well } from "./log-row";
import { Output } from "./output";

/** What a tool row unfolds to, in the form that suits the tool. */
export function ToolBody({ row }: { row: ToolRow }) {
  switch (toolKind(row)) {
    case "command":
      return <CommandBody row={row} />;
    case "edit":
    case "write":
      return <EditBody row={row} />;
    case "read":
      return <ReadBody row={row} />;
    case "todos":
      return <TodoBody todos={toolTodos(row)} />;
    case "plan":
      return <ProseBody text={readInput(row).plan ?? ""} />;
    case "subagent":
      return <SubagentBody row={row} />;
    case "search":
    case "web":
    case "question":
    case "other":
      return <PlainBody row={row} />;
  }
}

function ResultOutput({ row }: { row: ToolRow }) {
  const output = toolOutput(row);
  if (!row.result) return <Quiet>no result yet</Quiet>;
  if (output.trim() === "") return <Quiet>printed nothing</Quiet>;
  return <Output isTruncated={row.result.is_truncated} text={output} />;
}

function Quiet({ children }: { children: string }) {
  return <p className="px-3 py-1.5 text-2xs text-faint-foreground">{children}</p>;
}

function CommandBody({ row }: { row: ToolRow }) {
  const { command, description } = readInput(row);
  return (
    <Well>
      <div className="border-b px-3 py-2">
        {description ? <p className="mb-1 text-2xs text-muted-foreground">“{escapeHidden(description)}”</p> : null}
        <pre className="text-code [overflow-wrap:anywhere] whitespace-pre-wrap">
          <span className="text-faint-foreground select-none">$ </span>
          <PlainText text={command ?? ""} />
        </pre>
      </div>
      <ResultOutput row={row} />
    </Well>
  );
}

function EditBody({ row }: { row: ToolRow }) {
  const { worktree } = useLogScope();
  if (row.result?.is_error) return <PlainBody row={row} />;
  const hunks = editHunks(row);
  return (
    <Well>
      {hunks.some((hunk) => hunk.lines.length > 0) ? (
        <EditLines hunks={hunks} path={toolArgument(row, worktree).text} />
      ) : (
        <ResultOutput row={row} />
      )}
    </Well>
  );
}

function ReadBody({ row }: { row: ToolRow }) {
  const read = readLines(row);
  const { worktree } = useLogScope();
  if (!read) return <PlainBody row={row} />;
  const language = languageOf(toolArgument(row, worktree).text);
  return (
    <Well>
      <div
        className="max-h-[40vh] overflow-auto py-1.5 font-mono text-code tracking-normal whitespace-pre"
        // A block that scrolls must be reachable by the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={0}
      >
        {read.lines.map((line, index) => (
          <div className="grid min-h-4.5 grid-cols-[44px_max-content]" key={index}>
            <span className="pr-2 text-right text-2xs leading-4.5 text-faint-foreground select-none">
              {read.start + index}
            </span>
            <span className="pr-3">
              <CodeLine language={language} text={line} />
            </span>
          </div>
        ))}
      </div>
    </Well>
  );
}

const todoIcons: Record<Todo["state"], LucideIcon> = {
  pending: Circle,
  in_progress: CircleDot,
  completed: CircleCheck,
};

function TodoBody({ todos }: { todos: readonly Todo[] }) {
  return (
    <ul className="mb-2 flex flex-col gap-0.5">
      {todos.map((todo, index) => (
        <li className="flex items-start gap-2" key={index}>
          <Icon
            as={todoIcons[todo.state]}
            className={cn("mt-0.75", todo.state === "in_progress" ? "text-state-running" : "text-faint-foreground")}
          />
          <span className={todo.state === "completed" ? "text-muted-foreground line-through" : ""}>
            <PlainText text={todo.text} />
            <span className="sr-only"> ({todo.state.replace("_", " ")})</span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function ProseBody({ text }: { text: string }) {
  return (
    <Well className="px-3 py-2">
      <Markdown text={text} />
    </Well>
  );
}

/** What the subagent was asked and what it came back with; what it did stands in the rows below. */
function SubagentBody({ row }: { row: ToolRow }) {
  const { prompt } = readInput(row);
  return (
    <Well>
      {prompt ? (
        <div className="border-b px-3 py-2">
          <p className="mb-1 text-2xs text-muted-foreground">asked</p>
          <Markdown text={prompt} />
        </div>
      ) : null}
      <ResultOutput row={row} />
    </Well>
  );
}

function PlainBody({ row }: { row: ToolRow }) {
  const asked = JSON.stringify(row.call?.input ?? null, undefined, 2);
  return (
    <Well>
      {row.call && asked !== "{}" && asked !== "null" ? (
        <pre
          className="max-h-[30vh] overflow-auto border-b px-3 py-2 text-code [overflow-wrap:anywhere] whitespace-pre-wrap"
          // What scrolls must be reachable by the keyboard.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        >
          <PlainText text={asked} />
        </pre>
      ) : null}
      <ResultOutput row={row} />
    </Well>
  );
}
