import { Play } from "lucide-react";
import { errorMessage } from "@/api/errors";
import { startTask } from "@/api/tasks";
import type { Attempt } from "@/api/generated/types";
import { Changes } from "@/components/changes";
import { When } from "@/components/elapsed";
import { GateMarks } from "@/components/gate-marks";
import { PlainText } from "@/components/plain-text";
import { StateGlyph } from "@/components/state-glyph";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { useNowMs } from "@/lib/clock";
import { cn } from "@/lib/cn";
import { formatCost, formatElapsed } from "@/lib/format";
import { type CardState, attemptCardState } from "@/lib/task-state";
import { escapeHidden } from "@/lib/hidden-text";
import { usePanel } from "../hooks/use-panel";
import { outcomeNames } from "../words";
import { Section } from "./section";

const inks: Partial<Record<CardState, string>> = {
  running: "text-state-running",
  approval: "text-needs-you-text",
  review: "text-state-review",
  failed: "text-state-failed",
};

/** All attempts, newest first; the chosen one is what the other tabs show. */
export function AttemptTable() {
  const { task, attempts } = usePanel();
  if (task.last_attempt === null) return null;
  return (
    <Section action={<RunAgain />} note={attempts.data?.length} title="Attempts">
      {attempts.data ? <Rows attempts={attempts.data} /> : null}
      {attempts.isError ? (
        <p className="flex items-center gap-2 text-muted-foreground" role="alert">
          {errorMessage(attempts.error)}
          <Button onClick={() => void attempts.refetch()} size="sm">
            Try again
          </Button>
        </p>
      ) : null}
      {attempts.isPending ? <Skeleton className="my-3 w-3/5" /> : null}
    </Section>
  );
}

/** Beside the merge as the next action, running again is the other way on; with words for it where the server takes them. */
function RunAgain() {
  const { task, newest, action, run, setDialog } = usePanel();
  const can = new Set(task.allowed_actions);
  if (newest?.allowed_actions.includes("retry_fresh")) {
    return (
      <Button disabled={action.type === "running"} onClick={() => setDialog("retry")} size="sm">
        <Icon as={Play} size={12} />
        Try again from the base…
      </Button>
    );
  }
  if (!can.has("start") || !can.has("approve_and_merge")) return null;
  return (
    <Button
      disabled={action.type === "running"}
      onClick={() => run(`#${task.number} was not started`, () => startTask(task.id))}
      size="sm"
    >
      <Icon as={Play} size={12} />
      Run again
    </Button>
  );
}

function Rows({ attempts }: { attempts: readonly Attempt[] }) {
  return (
    <table className="-mx-2 w-[calc(100%+16px)] table-fixed border-separate border-spacing-0">
      <thead>
        <tr className="text-xs text-muted-foreground [&_th]:h-6 [&_th]:px-1.5 [&_th]:font-normal">
          <th className="w-12 pl-2! text-left" scope="col">
            #
          </th>
          <th className="text-left" scope="col">
            Outcome
          </th>
          <th className="w-16 text-left max-md:hidden" scope="col">
            Gates
          </th>
          <th className="w-22 text-right" scope="col">
            Lines
          </th>
          <th className="w-14 text-right max-md:hidden" scope="col">
            Cost
          </th>
          <th className="w-14 text-right max-md:hidden" scope="col">
            Took
          </th>
          <th className="w-18 pr-2! text-right" scope="col">
            Ended
          </th>
        </tr>
      </thead>
      <tbody>
        {attempts.map((attempt) => (
          <AttemptRow attempt={attempt} key={attempt.id} />
        ))}
      </tbody>
    </table>
  );
}

function AttemptRow({ attempt }: { attempt: Attempt }) {
  const panel = usePanel();
  const isChosen = panel.attempt?.id === attempt.id;
  const isNewest = panel.attempts.data?.[0]?.id === attempt.id;
  const choose = () => panel.onView({ attempt: isNewest ? undefined : attempt.number });
  const state = attemptCardState(attempt.state);
  return (
    <tr
      aria-current={isChosen || undefined}
      className={cn(
        "text-xs text-muted-foreground tabular-nums [&_td]:h-9 [&_td]:border-t [&_td]:px-1.5 max-md:[&_td]:h-11",
        isChosen ? "[&_td]:border-transparent [&_td]:bg-selected" : "hover:[&_td]:bg-accent",
      )}
      onClick={choose}
    >
      <td className="rounded-l-sm pl-2!">
        <button
          aria-label={`Show attempt ${attempt.number}`}
          className="flex items-center gap-2 text-sm font-[550] text-foreground max-md:min-h-11"
          onClick={choose}
          type="button"
        >
          <StateGlyph decorative state={state} />
          {attempt.number}
        </button>
      </td>
      <td className="truncate text-sm" title={escapeHidden(attempt.error?.message ?? "")}>
        <span className={cn("font-[550]", inks[state])}>{outcomeNames[attempt.state]}</span>{" "}
        <PlainText text={attempt.error?.message ?? ""} />
      </td>
      <td className="max-md:hidden">
        <GateMarks gates={attempt.gates} />
      </td>
      <td className="text-right whitespace-nowrap">
        <Lines attempt={attempt} />
      </td>
      <td className="text-right max-md:hidden">
        {attempt.usage.cost_usd > 0 ? formatCost(attempt.usage.cost_usd) : ""}
      </td>
      <td className="text-right max-md:hidden">
        {attempt.started_at ? <Took attempt={attempt} since={attempt.started_at} /> : null}
      </td>
      <td className="truncate rounded-r-sm pr-2! text-right text-faint-foreground">
        {attempt.ended_at ? <When at={attempt.ended_at} /> : null}
      </td>
    </tr>
  );
}

function Lines({ attempt: { additions, deletions, files_changed: files } }: { attempt: Attempt }) {
  if (additions === null || deletions === null || files === 0) return null;
  return <Changes additions={additions} deletions={deletions} />;
}

function Took({ attempt, since }: { attempt: Attempt; since: string }) {
  const nowMs = useNowMs();
  return formatElapsed((attempt.ended_at ? Date.parse(attempt.ended_at) : nowMs) - Date.parse(since));
}
