import { ChevronRight, Play, Square } from "lucide-react";
import { useState } from "react";
import type { GateRun } from "@/api/generated/types";
import { cancelGate, runGate } from "@/api/review";
import { Elapsed } from "@/components/elapsed";
import { GateShape } from "@/components/gate-marks";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import { type GateLook, gateLook } from "@/lib/gates";
import { escapeHidden } from "@/lib/hidden-text";
import { formatTook, isLive, outcomeOf, tookMs } from "../model";
import { GateOutput } from "./gate-output";

const inks: Record<GateLook, string> = {
  passed: "text-state-review",
  failed: "font-[550] text-state-failed",
  running: "text-state-running",
  open: "text-muted-foreground",
};

type GateRowProps = { run: GateRun; canRun: boolean; act: (title: string, work: () => Promise<unknown>) => void };

/** One command of the project with its latest run; unfolds to what it printed. What failed is unfolded. */
export function GateRow({ run, canRun, act }: GateRowProps) {
  const [choice, setChoice] = useState<boolean>();
  const isOpen = choice ?? (gateLook(run.state) === "failed" || run.state === "running");
  const canOpen = run.id !== null && run.state !== "queued";
  return (
    <li className="border-t first:border-t-0">
      <div className="flex min-h-9 items-center gap-x-2 max-md:min-h-11 max-md:flex-wrap max-md:pb-1.5">
        <button
          aria-expanded={canOpen ? isOpen : undefined}
          className="-mx-1 flex min-h-8 min-w-0 flex-1 items-center gap-2 rounded-sm px-1 text-left not-disabled:hover:bg-accent max-md:min-h-11 max-md:basis-3/5"
          disabled={!canOpen}
          onClick={() => setChoice(!isOpen)}
          type="button"
        >
          <GateShape isLarge isStale={run.is_stale} state={run.state} />
          <span className="shrink-0 font-[550]">
            <PlainText text={run.name} />
          </span>
          <code className="min-w-0 flex-1 truncate text-code text-muted-foreground" title={escapeHidden(run.command)}>
            <PlainText text={run.command} />
          </code>
          {canOpen ? (
            <Icon as={ChevronRight} className={cn("shrink-0 text-faint-foreground", isOpen && "rotate-90")} size={12} />
          ) : null}
        </button>
        <Standing run={run} />
        <RunButton act={act} canRun={canRun} run={run} />
      </div>
      {run.id !== null && canOpen && isOpen ? <GateOutput id={run.id} key={run.id} run={run} /> : null}
    </li>
  );
}

function Standing({ run }: { run: GateRun }) {
  const took = tookMs(run);
  return (
    <span className="flex min-w-0 shrink-0 items-center gap-2 text-xs tabular-nums max-md:order-last max-md:basis-full max-md:pl-4">
      {run.is_stale ? (
        <span className="text-muted-foreground" title="The attempt's files have changed since it ran">
          on an older state
        </span>
      ) : null}
      {run.commit ? (
        <code className="text-code text-faint-foreground" title={`ran on ${run.commit}`}>
          {run.commit.slice(0, 7)}
        </code>
      ) : null}
      <span className={cn("max-w-64 truncate", inks[gateLook(run.state)])} title={outcomeOf(run)}>
        {outcomeOf(run)}
      </span>
      {took === undefined ? null : <span className="text-faint-foreground">{formatTook(took)}</span>}
      {run.state === "running" && run.started_at ? <Elapsed since={run.started_at} /> : null}
    </span>
  );
}

function RunButton({ run, canRun, act }: GateRowProps) {
  if (isLive(run)) {
    return (
      <Button
        aria-label={`Stop ${run.name}`}
        onClick={() => act(`${run.name} was not stopped`, () => cancelGate(run.attempt_id, run.name))}
        size="sm"
      >
        <Icon as={Square} size={12} />
        Stop
      </Button>
    );
  }
  if (run.kind !== "gate" || !canRun) return null;
  const label = run.state === "not_run" ? "Run" : "Run again";
  return (
    <Button
      aria-label={`${label}: ${run.name}`}
      onClick={() => act(`${run.name} was not run`, () => runGate(run.attempt_id, run.name))}
      size="sm"
    >
      <Icon as={Play} size={12} />
      {label}
    </Button>
  );
}
