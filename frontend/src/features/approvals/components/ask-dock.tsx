import { usePendingAsks } from "@/api/asks";
import type { Attempt } from "@/api/generated/types";
import { AskCard } from "./ask-card";

/** On a phone: what waits longest of an attempt, above the box for messages. */
export function AskDock({ attempt }: { attempt: Attempt }) {
  const asks = (usePendingAsks() ?? []).filter((ask) => ask.attempt_id === attempt.id);
  const [first] = asks;
  if (first === undefined) return null;
  return (
    <div className="max-h-[62dvh] shrink-0 overflow-y-auto border-t px-3 pt-1">
      {asks.length > 1 ? (
        <p className="pt-1 text-xs text-muted-foreground tabular-nums">1 of {asks.length} that wait</p>
      ) : null}
      <AskCard agentName={attempt.agent_name} id={first.id} key={first.id} type={first.type} />
    </div>
  );
}
