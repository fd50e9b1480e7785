import { useQuery } from "@tanstack/react-query";
import { type RefObject, useEffect } from "react";
import type { Ask } from "@/api/asks";
import { taskQuery } from "@/api/tasks";
import { Elapsed } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";
import { StateGlyph } from "@/components/state-glyph";
import { callObject, plainWords } from "@/lib/ask-words";
import { cn } from "@/lib/cn";
import { escapeHidden } from "@/lib/hidden-text";
import { readCall } from "@/lib/tool-call";
import type { AskGroup } from "../model";

type AskListProps = {
  groups: readonly AskGroup[];
  selected: string;
  listRef: RefObject<HTMLDivElement | null>;
  onSelect: (id: string) => void;
};

/** All that wait, by project. */
export function AskList({ groups, selected, listRef, onSelect }: AskListProps) {
  return (
    <div className="flex min-h-0 flex-1 flex-col overflow-y-auto border-r bg-background p-2 max-md:border-r-0">
      <div
        aria-activedescendant={`ask-${selected}`}
        aria-label="Requests"
        className="group/list outline-none"
        ref={listRef}
        role="listbox"
        tabIndex={0}
      >
        {groups.map((group) => (
          <div aria-label={group.name} key={group.project_id} role="group">
            <p aria-hidden className="px-2 pt-2 pb-1 text-2xs font-medium text-faint-foreground">
              {group.name}
            </p>
            {group.asks.map((ask) => (
              <AskRow ask={ask} isSelected={ask.id === selected} key={ask.id} onSelect={() => onSelect(ask.id)} />
            ))}
          </div>
        ))}
      </div>
      <p className="px-2 pt-4 pb-2 text-xs text-faint-foreground">
        Each agent waits on its own, for as long as it takes.
      </p>
    </div>
  );
}

function AskRow({ ask, isSelected, onSelect }: { ask: Ask; isSelected: boolean; onSelect: () => void }) {
  const task = useQuery(taskQuery(ask.task_id)).data;
  const id = `ask-${ask.id}`;
  useEffect(() => {
    if (isSelected) document.querySelector(`#${id}`)?.scrollIntoView({ block: "nearest" });
  }, [id, isSelected]);
  return (
    // The list has the focus and the keys; a row is only pointed at.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus
    <div
      aria-selected={isSelected}
      className={cn(
        "flex cursor-default gap-2 rounded-md p-2 max-md:min-h-11",
        isSelected
          ? "bg-selected ring-1 ring-ring/35 md:group-focus-visible/list:ring-2 md:group-focus-visible/list:ring-ring max-md:bg-transparent max-md:ring-0"
          : "hover:bg-accent",
      )}
      id={id}
      onClick={onSelect}
      role="option"
    >
      <StateGlyph className="mt-0.75" decorative state={ask.type === "approval" ? "approval" : "question"} />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-1">
          <span className="text-faint-foreground">#{task?.number ?? "…"}</span>
          <span className="min-w-0 flex-1 truncate font-[550]">{task ? <PlainText text={task.title} /> : ""}</span>
          <span className="pl-2 text-xs whitespace-nowrap text-faint-foreground tabular-nums">
            <Elapsed since={ask.created_at} />
          </span>
        </div>
        <AskSummary ask={ask} />
      </div>
    </div>
  );
}

function AskSummary({ ask }: { ask: Ask }) {
  const { word, object } = summaryOf(ask);
  return (
    <div
      className="mt-0.5 truncate text-xs text-muted-foreground max-md:text-sm"
      title={escapeHidden(`${word} ${object}`)}
    >
      <PlainText text={word} />{" "}
      {object === "" ? null : (
        <code className="text-code leading-4">
          <PlainText text={object} />
        </code>
      )}
    </div>
  );
}

function summaryOf(ask: Ask): { word: string; object: string } {
  if (ask.type === "question") return { word: plainWords(ask.question.questions[0]?.question ?? ""), object: "" };
  const { tool_name, tool_input, cwd } = ask.approval;
  const call = readCall(tool_name, tool_input);
  if (call.type === "plan") return { word: `Plan · ${plainWords(call.plan.trim().split("\n")[0] ?? "")}`, object: "" };
  const object = callObject(call, cwd) ?? "";
  return call.type === "mcp" || call.type === "other"
    ? { word: object, object: "" }
    : { word: tool_name, object: object.replaceAll("\n", " ⏎ ").slice(0, 300) };
}
