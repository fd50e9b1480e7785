import { useQuery } from "@tanstack/react-query";
import { FileCode, Folder } from "lucide-react";
import type { ReactNode } from "react";
import type { GateRun, Task, TaskId } from "@/api/generated/types";
import { gatesQuery } from "@/api/review";
import { GateShape } from "@/components/gate-marks";
import { PlainText } from "@/components/plain-text";
import { PriorityIcon } from "@/components/priority-icon";
import { StateGlyph } from "@/components/state-glyph";
import { Chip } from "@/components/ui/chip";
import { Icon } from "@/components/ui/icon";
import { formatCost } from "@/lib/format";
import { gateWords } from "@/lib/gates";
import { cardState } from "@/lib/task-state";
import { escapeHidden } from "@/lib/hidden-text";
import { modeNames } from "@/lib/modes";
import { usePanel } from "../hooks/use-panel";
import { priorityNames, sizeNames, statusNames } from "../words";

/** What is known about the task, at the right. */
export function FactsColumn() {
  const { task, tasks } = usePanel();
  return (
    <aside
      aria-label="Facts"
      className="flex flex-col px-4 py-3 max-md:text-base @max-[640px]:order-last @max-[640px]:border-t @max-[640px]:px-6 @[640px]:border-l"
    >
      <dl>
        <Facts />
      </dl>
      <Gates />
      <Related ids={task.blocked_by} tasks={tasks} title="Depends on" />
      <Related ids={task.blocks} tasks={tasks} title="Blocks" />
      {task.focus_files.length > 0 ? (
        <Group title="Focus files">
          {task.focus_files.map((path) => (
            <div className="flex h-7 items-center gap-2" key={path}>
              <Icon
                as={/\.[^/]+$/.test(path) ? FileCode : Folder}
                className="shrink-0 text-faint-foreground"
                size={13}
              />
              <code className="truncate text-code" dir="rtl" title={escapeHidden(path)}>
                <bdi dir="ltr">
                  <PlainText text={path} />
                </bdi>
              </code>
            </div>
          ))}
        </Group>
      ) : null}
    </aside>
  );
}

function Facts() {
  const { task, blockers } = usePanel();
  const attempt = task.last_attempt;
  return (
    <>
      <Fact name="Status">
        <StateGlyph decorative state={cardState(task, blockers.length > 0)} />
        {statusNames[task.status]}
      </Fact>
      {task.priority ? (
        <Fact name="Priority">
          <PriorityIcon priority={task.priority} />
          {priorityNames[task.priority]}
        </Fact>
      ) : null}
      {task.size ? <Fact name="Size">{sizeNames[task.size]}</Fact> : null}
      {task.labels.length > 0 ? (
        <Fact name="Labels">
          <span className="flex flex-wrap justify-end gap-1">
            {task.labels.map((label) => (
              <Chip key={label}>{label}</Chip>
            ))}
          </span>
        </Fact>
      ) : null}
      {attempt ? <Fact name="Agent">{attempt.agent_name}</Fact> : null}
      {attempt ? <Fact name="Mode">{modeNames[attempt.mode]}</Fact> : null}
      {task.cost_usd > 0 ? <Fact name="Cost">{formatCost(task.cost_usd)}</Fact> : null}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex min-h-7 items-center justify-between gap-2">
      <dt className="text-muted-foreground">{name}</dt>
      <dd className="flex min-w-0 items-center gap-1.5 tabular-nums">{children}</dd>
    </div>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-3 border-t pt-3">
      <h3 className="mb-1 font-semibold">{title}</h3>
      {children}
    </section>
  );
}

/** The gates of the shown attempt, with what each took. */
function Gates() {
  const { attempt, onView } = usePanel();
  const runs = useQuery({ ...gatesQuery(attempt?.id ?? ""), enabled: attempt !== undefined }).data ?? [];
  const gates = runs.filter((run) => run.kind === "gate");
  if (gates.length === 0) return null;
  return (
    <Group title="Gates">
      {gates.map((run) => (
        <button
          className="-mx-1 flex h-7 w-[calc(100%+8px)] items-center gap-2 rounded-sm px-1 text-left hover:bg-accent max-md:h-11"
          key={run.name}
          onClick={() => onView({ tab: "gates" })}
          title={run.is_stale ? "ran on an older state" : undefined}
          type="button"
        >
          <GateShape isStale={run.is_stale} state={run.state} />
          <span className="min-w-0 flex-1 truncate">
            <PlainText text={run.name} />
          </span>
          <span className="text-faint-foreground tabular-nums">{gateNote(run)}</span>
        </button>
      ))}
    </Group>
  );
}

/** What it took where it passed, else its state in a word. */
function gateNote(run: GateRun): string {
  if (run.state !== "passed" || run.started_at === null || run.ended_at === null) return gateWords[run.state];
  return `${((Date.parse(run.ended_at) - Date.parse(run.started_at)) / 1000).toFixed(1)} s`;
}

function Related({ ids, tasks, title }: { ids: readonly TaskId[]; tasks: readonly Task[]; title: string }) {
  const { onOpen } = usePanel();
  const related = tasks.filter((other) => ids.includes(other.id));
  if (related.length === 0) return null;
  return (
    <Group title={title}>
      {related.map((other) => (
        <button
          className="-mx-1 flex h-7 w-[calc(100%+8px)] items-center gap-2 rounded-sm px-1 text-left hover:bg-accent max-md:h-11"
          key={other.id}
          onClick={() => onOpen(other.number)}
          type="button"
        >
          <StateGlyph state={cardState(other, false)} />
          <span className="text-faint-foreground">#{other.number}</span>
          <span className="truncate">
            <PlainText text={other.title} />
          </span>
        </button>
      ))}
    </Group>
  );
}
