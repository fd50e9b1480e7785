import { CircleX, X } from "lucide-react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { usePanel } from "../hooks/use-panel";

/** Why the last action came to nothing, under the header. */
export function ActionStrip() {
  const { action, dismiss } = usePanel();
  if (action.type !== "failed") return null;
  return (
    <div
      className="mx-6 mb-3 flex items-start gap-2 rounded-md border border-border-strong py-1.5 pr-1.5 pl-3 max-md:mx-4 in-data-full:mx-4"
      role="alert"
    >
      <Icon as={CircleX} className="mt-0.75 text-state-failed" />
      <p className="min-w-0 flex-1 [overflow-wrap:anywhere]">
        <b className="font-[550]">{action.title}.</b>{" "}
        <span className="text-muted-foreground">{asSentence(action.message)}</span>
      </p>
      <Button aria-label="Dismiss" onClick={dismiss} size="icon-sm" variant="ghost">
        <Icon as={X} />
      </Button>
    </div>
  );
}

/** The server's message, which is a fragment, as a sentence. */
function asSentence(message: string): string {
  const text = message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
