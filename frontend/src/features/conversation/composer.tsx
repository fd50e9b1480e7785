import { X } from "lucide-react";
import type { Attempt } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { MessageBox } from "./components/message-box";
import { MessageQueue } from "./components/message-queue";
import { useComposer } from "./hooks/use-composer";

/** The foot of the log: what waits for the agent, and where a message to it is written. */
export default function Composer({ attempt }: { attempt: Attempt }) {
  const composer = useComposer(attempt);
  return (
    <section
      aria-label="Message to the agent"
      className="shrink-0 border-t px-6 pt-2 pb-3 in-data-full:px-4 max-md:px-3 max-md:pb-[max(12px,env(safe-area-inset-bottom))]"
    >
      <MessageQueue attemptId={attempt.id} onReuse={composer.append} />
      {composer.status.type === "failed" ? (
        <Problem onDismiss={composer.dismiss} text={composer.status.message} />
      ) : null}
      {composer.files.problem ? <Problem onDismiss={composer.files.dismiss} text={composer.files.problem} /> : null}
      {composer.reach.type === "closed" ? (
        <p className="py-1 text-xs text-muted-foreground max-md:text-sm">{composer.reach.why}</p>
      ) : (
        <MessageBox composer={composer} />
      )}
    </section>
  );
}

function Problem({ text, onDismiss }: { text: string; onDismiss: () => void }) {
  return (
    <div className="mb-1.5 flex items-start gap-2 text-xs text-state-failed" role="alert">
      <p className="min-w-0 flex-1 pt-1 [overflow-wrap:anywhere]">{text}</p>
      <Button aria-label="Dismiss" onClick={onDismiss} size="icon-sm" variant="ghost">
        <Icon as={X} size={12} />
      </Button>
    </div>
  );
}
