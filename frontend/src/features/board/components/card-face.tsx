import {
  CircleCheck,
  GitBranch,
  GitMerge,
  GitPullRequest,
  GitPullRequestClosed,
  ListChecks,
  type LucideIcon,
} from "lucide-react";
import type { Collision, Task } from "@/api/generated/types";
import { Changes } from "@/components/changes";
import { Ago, Elapsed, When } from "@/components/elapsed";
import { GateMarks } from "@/components/gate-marks";
import { PlainText } from "@/components/plain-text";
import { PriorityIcon } from "@/components/priority-icon";
import { Chip } from "@/components/ui/chip";
import { Icon } from "@/components/ui/icon";
import { useNowMs } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatCost, formatDuration, formatElapsed } from "@/lib/format";
import { escapeHidden } from "@/lib/hidden-text";
import { collisionLine, describeCollisions } from "@/lib/review-words";
import type { CardState } from "@/lib/task-state";
import type { LineTime, StatusLine } from "../status-line";

const lineInks: Record<CardState, string> = {
  todo: "text-muted-foreground",
  draft: "text-muted-foreground",
  blocked: "text-muted-foreground",
  queued: "text-muted-foreground",
  running: "text-state-running",
  approval: "font-[550] text-needs-you-text",
  question: "font-[550] text-needs-you-text",
  stopped: "text-muted-foreground",
  review: "font-[550] text-state-review",
  failed: "font-[550] text-state-failed",
  cancelled: "text-muted-foreground",
  done: "text-muted-foreground",
};

const lineIcons: Record<NonNullable<StatusLine["icon"]>, LucideIcon> = {
  merge: GitMerge,
  approved: CircleCheck,
  pull_request: GitPullRequest,
};

/** Line 2: what happens or happened, its time at the right. */
export function StatusRow({ line, state }: { line: StatusLine; state: CardState }) {
  return (
    <div className="mt-0.5 ml-5.5 flex min-w-0 items-center gap-2 text-xs max-md:text-sm max-md:leading-4">
      <span className={cn("flex min-w-0 flex-1 items-center gap-1", lineInks[state])}>
        {line.icon ? <Icon as={lineIcons[line.icon]} size={12} /> : null}
        <span
          className={line.isLong ? "line-clamp-2 break-words" : "truncate"}
          title={escapeHidden(line.object ? `${line.text} ${line.object}` : line.text)}
        >
          <PlainText text={line.text} />
          {line.object ? (
            <>
              {" "}
              <code className="text-code leading-4">
                <PlainText text={line.object} />
              </code>
            </>
          ) : null}
        </span>
        {line.more ? (
          <span className="shrink-0 font-normal" title={`${line.more} more wait`}>
            +{line.more}
          </span>
        ) : null}
      </span>
      {line.time ? (
        <span className="whitespace-nowrap text-faint-foreground tabular-nums">
          <RowTime time={line.time} />
        </span>
      ) : null}
    </div>
  );
}

function RowTime({ time }: { time: LineTime }) {
  switch (time.type) {
    case "counting":
      return <Elapsed since={time.since} />;
    case "ago":
      return <Ago at={time.at} />;
    case "when":
      return <When at={time.at} />;
  }
}

/** Line 3: what the attempt came to so far. */
export function FiguresRow({ task, isQuiet }: { task: Task; isQuiet: boolean }) {
  const attempt = task.last_attempt;
  if (attempt?.started_at == null) return null;
  const { additions, deletions, started_at: startedAt, ended_at: endedAt } = attempt;
  return (
    <div className="mt-1 ml-5.5 flex min-w-0 items-center gap-2.5 text-xs whitespace-nowrap text-muted-foreground tabular-nums max-md:text-sm max-md:leading-4">
      {isQuiet ? null : <CriteriaCount task={task} />}
      {isQuiet ? null : <GateMarks gates={attempt.gates} />}
      {additions === null || deletions === null || additions + deletions === 0 ? null : (
        <Changes additions={additions} deletions={deletions} isQuiet={isQuiet} />
      )}
      {task.cost_usd > 0 ? <span>{formatCost(task.cost_usd)}</span> : null}
      {endedAt === null ? (
        <RunningTime since={startedAt} />
      ) : (
        <span>{formatDuration(Date.parse(endedAt) - Date.parse(startedAt))}</span>
      )}
    </div>
  );
}

function RunningTime({ since }: { since: string }) {
  return <span title="time since the run began">{formatElapsed(useNowMs() - Date.parse(since))}</span>;
}

function CriteriaCount({ task }: { task: Task }) {
  if (task.criteria.length === 0) return null;
  const done = task.criteria.filter((criterion) => criterion.done).length;
  const text = `${done}/${task.criteria.length}`;
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap tabular-nums" title={`${text} criteria done`}>
      <Icon as={ListChecks} size={13} />
      {text}
    </span>
  );
}

const labelsShown = 2;

type DetailsRowProps = { task: Task; hasRun: boolean; collisions: readonly Collision[] };

/** Line 4: branch or what it collides with, labels, priority, size. What has no run shows its criteria here. */
export function DetailsRow({ task, hasRun, collisions }: DetailsRowProps) {
  if (hasRun && collisions.length > 0) return <CollisionRow collisions={collisions} task={task} />;
  return <PlainDetails hasRun={hasRun} task={task} />;
}

/** Nobody waits, so it is not amber; it takes the place of the branch and the labels. */
function CollisionRow({ task, collisions }: { task: Task; collisions: readonly Collision[] }) {
  const base = task.last_attempt?.base_branch ?? "the base";
  const line = collisionLine(collisions, base);
  if (line === undefined) return null;
  return (
    <div className="mt-1.5 ml-5.5 flex h-4.5 min-w-0 items-center gap-1.5 text-xs max-md:text-sm">
      <span
        className="flex min-w-0 flex-1 items-center gap-1"
        title={escapeHidden(describeCollisions(collisions, base))}
      >
        <Icon as={GitPullRequestClosed} className="shrink-0 text-state-failed" size={12} />
        <span className="whitespace-nowrap">{line.text}</span>
        {line.path ? (
          <code className="min-w-0 truncate text-code leading-4" dir="rtl">
            <bdi dir="ltr">
              <PlainText text={line.path} />
            </bdi>
          </code>
        ) : null}
        {line.more ? <span className="shrink-0 text-muted-foreground">{line.more}</span> : null}
      </span>
      <Weight hasCriteria={false} task={task} />
    </div>
  );
}

function PlainDetails({ task, hasRun }: { task: Task; hasRun: boolean }) {
  const labels = task.labels.slice(0, hasRun ? 1 : labelsShown);
  const hidden = task.labels.length - labels.length;
  const hasDetails = task.labels.length > 0 || task.priority !== null || task.size !== null;
  const hasCriteria = !hasRun && task.criteria.length > 0;
  if (!hasDetails && !hasCriteria && !(hasRun && task.branch_name)) return null;
  return (
    <div className="mt-1.5 ml-5.5 flex h-4.5 min-w-0 items-center gap-1 text-faint-foreground">
      {hasRun && task.branch_name ? <Branch name={task.branch_name} /> : null}
      {hasRun ? <span className="flex-1" /> : null}
      <span className="flex min-w-0 items-center gap-1">
        {task.agent_id !== null && task.last_attempt ? (
          <Chip title={`Agent ${task.last_attempt.agent_name}`}>{task.last_attempt.agent_name}</Chip>
        ) : null}
        {labels.map((label) => (
          <Chip className="min-w-0 shrink" key={label}>
            <span className="truncate">{label}</span>
          </Chip>
        ))}
        {hidden > 0 ? <Chip title={task.labels.slice(labels.length).join(", ")}>+{hidden}</Chip> : null}
      </span>
      {hasRun ? null : <span className="flex-1" />}
      <Weight hasCriteria={hasCriteria} task={task} />
    </div>
  );
}

function Weight({ task, hasCriteria }: { task: Task; hasCriteria: boolean }) {
  return (
    <span className="flex shrink-0 items-center gap-1 text-xs text-muted-foreground">
      {hasCriteria ? <CriteriaCount task={task} /> : null}
      {hasCriteria && (task.priority ?? task.size) ? <span className="w-1" /> : null}
      {task.priority ? <PriorityIcon priority={task.priority} /> : null}
      {task.size ? <Chip className="min-w-5 justify-center uppercase">{task.size}</Chip> : null}
    </span>
  );
}

function Branch({ name }: { name: string }) {
  return (
    <span className="flex min-w-4 shrink-[1000] items-center gap-1" title={name}>
      <Icon as={GitBranch} size={12} />
      <span className="truncate font-mono text-2xs tracking-normal">{name}</span>
    </span>
  );
}
