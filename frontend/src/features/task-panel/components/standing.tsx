import type { Progress } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Kbd } from "@/components/ui/kbd";
import { usePanel } from "../hooks/use-panel";

/** Where the agent at work stands: stopped by a person, or how far it says it is. */
export function Standing() {
  const { task } = usePanel();
  const attempt = task.live_attempt;
  if (attempt === null) return null;
  return (
    <>
      {attempt.is_stopped ? <Stopped /> : null}
      {attempt.progress ? <ProgressLine progress={attempt.progress} /> : null}
    </>
  );
}

function Stopped() {
  const { onView } = usePanel();
  return (
    <section aria-label="Stopped" className="rounded-md border bg-card px-3 py-2.5">
      <p className="font-[550]">stopped · waits for your message</p>
      <p className="mt-0.5">
        The agent keeps its session and worktree. Write to it and it goes on, or take the work to Review as it is.
      </p>
      <Button className="mt-2" onClick={() => onView({ tab: "activity" })} size="sm">
        Write to the agent<Kbd>L</Kbd>
      </Button>
    </section>
  );
}

/** The agent's own words and count; no bar, because nobody knows how long a step is. */
function ProgressLine({ progress }: { progress: Progress }) {
  const { phase, step, total, message } = progress;
  return (
    <p aria-label="Progress" className="flex items-baseline gap-2" role="status">
      <span className="min-w-0 [overflow-wrap:anywhere]">
        <PlainText text={message ?? phase} />
      </span>
      {step !== null && total !== null ? (
        <span className="text-muted-foreground tabular-nums">
          {step}/{total}
        </span>
      ) : null}
      <span className="text-xs text-faint-foreground">as the agent says</span>
    </p>
  );
}
