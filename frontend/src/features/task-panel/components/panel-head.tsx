import { ChevronDown, GitBranch } from "lucide-react";
import { useEffect, useRef } from "react";
import type { Attempt } from "@/api/generated/types";
import { Changes } from "@/components/changes";
import { PlainText } from "@/components/plain-text";
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuItem,
  DropdownMenuTrigger,
} from "@/components/ui/dropdown-menu";
import { Icon } from "@/components/ui/icon";
import { useNowMs } from "@/lib/clock";
import { formatCost, formatCount, formatElapsed } from "@/lib/format";
import { escapeHidden } from "@/lib/hidden-text";
import { usePanel } from "../hooks/use-panel";
import { outcomeNames } from "../words";
import { AgentMode } from "./agent-mode";
import { NextAction } from "./next-action";
import { OutcomeLine } from "./settled-actions";
import { StandingLine } from "./standing-line";

/** Title with the one next action, and what the shown attempt is. */
export function PanelHead() {
  const { task } = usePanel();
  const title = useRef<HTMLHeadingElement>(null);
  // Whoever opens a task by keyboard goes on in it.
  useEffect(() => title.current?.focus({ preventScroll: true }), []);
  return (
    <header className="grid shrink-0 grid-cols-[minmax(0,1fr)_auto] items-start gap-x-3 px-6 pb-3 max-md:grid-cols-1 max-md:px-4 max-md:pb-2 in-data-full:px-4">
      <h2
        className="min-w-0 pt-0.5 text-lg font-semibold tracking-[-0.014em] break-words outline-none"
        ref={title}
        tabIndex={-1}
      >
        <PlainText text={task.title} />
      </h2>
      <div className="justify-self-end max-md:row-start-3 max-md:mt-2 max-md:justify-self-stretch">
        <NextAction />
      </div>
      <div className="col-span-full min-w-0 in-data-full:col-span-1 max-md:col-span-full">
        <MetaLine />
      </div>
      <div className="col-span-full min-w-0 in-data-full:col-span-1 in-data-full:flex in-data-full:justify-end max-md:col-span-full">
        <StandingLine />
        <OutcomeLine />
      </div>
    </header>
  );
}

function MetaLine() {
  const { task, attempt, attempts } = usePanel();
  if (attempt === undefined) {
    const text = attempts.data === undefined && task.last_attempt ? "" : "not run yet";
    return <p className="mt-1.5 h-4 text-xs text-muted-foreground">{text}</p>;
  }
  return (
    <p className="mt-1.5 flex min-h-4 flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground tabular-nums max-md:mt-1 max-md:gap-x-3">
      {attempt.branch_name ? <Branch name={attempt.branch_name} /> : null}
      <AgentMode attempt={attempt} />
      <AttemptChoice />
      <Figures attempt={attempt} />
      {attempt.additions !== null && attempt.deletions !== null && attempt.files_changed !== 0 ? (
        <span className="flex items-center gap-1 whitespace-nowrap">
          <Changes additions={attempt.additions} deletions={attempt.deletions} />
          {attempt.files_changed === null ? null : `in ${formatCount(attempt.files_changed, "file")}`}
        </span>
      ) : null}
    </p>
  );
}

function Branch({ name }: { name: string }) {
  return (
    <span className="flex min-w-0 items-center gap-1.5">
      <Icon as={GitBranch} size={12} />
      <code className="truncate text-code leading-4" title={escapeHidden(name)}>
        <PlainText text={name} />
      </code>
    </span>
  );
}

/** Which attempt the tabs show; with more than one it can be chosen. */
function AttemptChoice() {
  const { attempt, attempts, onView } = usePanel();
  const list = attempts.data ?? [];
  if (!attempt) return null;
  const newest = list[0]?.number ?? attempt.number;
  if (list.length < 2) return <span className="whitespace-nowrap">Attempt {attempt.number}</span>;
  return (
    <DropdownMenu>
      <DropdownMenuTrigger className="-mx-1 flex items-center gap-1 rounded-xs px-1 whitespace-nowrap hover:bg-accent hover:text-foreground max-md:min-h-11">
        Attempt {attempt.number} of {newest}
        <Icon as={ChevronDown} size={12} />
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start">
        {list.map((other) => (
          <DropdownMenuItem
            key={other.id}
            onSelect={() =>
              onView({ attempt: other.number === newest ? undefined : other.number, event: undefined, file: undefined })
            }
          >
            <span className="font-[550]">{other.number}</span>
            <span className="text-muted-foreground">{outcomeNames[other.state]}</span>
          </DropdownMenuItem>
        ))}
      </DropdownMenuContent>
    </DropdownMenu>
  );
}

function Figures({ attempt }: { attempt: Attempt }) {
  const parts = [
    ...(attempt.usage.cost_usd > 0 ? [formatCost(attempt.usage.cost_usd)] : []),
    ...(attempt.usage.turns > 0 ? [formatCount(attempt.usage.turns, "turn")] : []),
  ];
  if (attempt.started_at === null && parts.length === 0) return null;
  return (
    <span className="whitespace-nowrap">
      {attempt.started_at ? <Took attempt={attempt} since={attempt.started_at} /> : null}
      {attempt.started_at && parts.length > 0 ? " · " : ""}
      {parts.join(" · ")}
    </span>
  );
}

function Took({ attempt, since }: { attempt: Attempt; since: string }) {
  const nowMs = useNowMs();
  const endMs = attempt.ended_at ? Date.parse(attempt.ended_at) : nowMs;
  return <span>{formatElapsed(endMs - Date.parse(since))}</span>;
}
