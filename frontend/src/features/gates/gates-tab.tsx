import { useQuery } from "@tanstack/react-query";
import { Play, Send } from "lucide-react";
import { useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt, GateRun } from "@/api/generated/types";
import { gatesQuery, runGates, sendGates } from "@/api/review";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { formatCount } from "@/lib/format";
import { GateRow } from "./components/gate-row";
import { failures, groupRuns, isAnyLive } from "./model";

type GatesTabProps = {
  attempt: Attempt;
  /** Goes where gates are added. */
  onSettings: () => void;
  /** The failures went to the agent as a new attempt. */
  onSent: () => void;
};

/** The project's commands with their runs on an attempt's work. Give it the attempt's id as its key. */
export default function GatesTab(props: GatesTabProps) {
  const gates = useQuery(gatesQuery(props.attempt.id));
  if (gates.data) return <GatesList {...props} runs={gates.data} />;
  if (!gates.isError) return <Skeleton className="m-6 w-2/5" />;
  return (
    <Notice
      action={<Button onClick={() => void gates.refetch()}>Try again</Button>}
      isAlert
      title="The gates could not be read"
    >
      {errorMessage(gates.error)}
    </Notice>
  );
}

type Status = { type: "idle" } | { type: "sending" } | { type: "failed"; title: string; message: string };

function GatesList({ attempt, runs, onSettings, onSent }: GatesTabProps & { runs: readonly GateRun[] }) {
  const [status, setStatus] = useState<Status>({ type: "idle" });
  const act = (title: string, work: () => Promise<unknown>) => {
    setStatus({ type: "sending" });
    work().then(
      () => setStatus({ type: "idle" }),
      (error: unknown) => setStatus({ type: "failed", title, message: errorMessage(error) }),
    );
  };
  const hasGates = runs.some((run) => run.kind === "gate");
  const canRun = attempt.allowed_actions.includes("run_gates");
  return (
    <div className="h-full overflow-y-auto px-6 py-4 max-md:px-4 in-data-full:px-4">
      {hasGates ? (
        <Head act={act} attempt={attempt} isBusy={status.type === "sending"} onSent={onSent} runs={runs} />
      ) : (
        <NoGates onSettings={onSettings} />
      )}
      {status.type === "failed" ? (
        <p className="mb-2 text-state-failed" role="alert">
          {status.title}. {status.message}
        </p>
      ) : null}
      {groupRuns(runs).map((group) => (
        <section className="mb-4" key={group.kind}>
          {group.kind === "gate" ? (
            <h3 className="sr-only">{group.title}</h3>
          ) : (
            <h3 className="mb-1 font-semibold">{group.title}</h3>
          )}
          <ul>
            {group.runs.map((run) => (
              <GateRow act={act} canRun={canRun} key={run.name} run={run} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

type HeadProps = Omit<GatesTabProps, "onSettings"> & {
  runs: readonly GateRun[];
  isBusy: boolean;
  act: (title: string, work: () => Promise<unknown>) => void;
};

function Head({ attempt, runs, isBusy, act, onSent }: HeadProps) {
  const failed = failures(runs);
  const can = new Set(attempt.allowed_actions);
  const send = () => act("Nothing was sent", () => sendGates(attempt.id).then(onSent));
  return (
    <div className="mb-2 flex flex-wrap items-center gap-2">
      <p className="min-w-0 flex-1 text-muted-foreground max-md:basis-full">{standingOf(runs, failed.length, can)}</p>
      {failed.length > 0 && can.has("request_changes") ? (
        <Button
          className="max-md:flex-1"
          disabled={isBusy || isAnyLive(runs)}
          onClick={send}
          title="Starts the next attempt in the same worktree with the commands, exit codes and last output"
        >
          <Icon as={Send} size={12} />
          Send {formatCount(failed.length, "failure")} to the agent
        </Button>
      ) : null}
      {can.has("run_gates") ? (
        <Button
          className="max-md:flex-1"
          disabled={isBusy || isAnyLive(runs)}
          onClick={() => act("The gates were not run", () => runGates(attempt.id))}
        >
          <Icon as={Play} size={12} />
          Run all
        </Button>
      ) : null}
    </div>
  );
}

function standingOf(runs: readonly GateRun[], failed: number, can: ReadonlySet<string>): string {
  if (isAnyLive(runs)) return "They run one after the other.";
  if (failed > 0) return "What failed marks the review; it does not stand against it.";
  if (!can.has("run_gates")) return "They run when the agent has ended well.";
  return "They ran on the attempt's work, in its worktree.";
}

function NoGates({ onSettings }: Pick<GatesTabProps, "onSettings">) {
  return (
    <Notice action={<Button onClick={onSettings}>Add gates</Button>} className="px-0" title="This project has no gates">
      A gate is a command that must pass, as <code>npm test</code>. Each attempt's work is checked by it when the agent
      has ended, with its output here.
    </Notice>
  );
}
