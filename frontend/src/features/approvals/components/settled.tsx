import type { Ask } from "@/api/asks";
import { Ago } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";

/** What became of an ask that waits no more: who, what, when. */
export function Settled({ ask }: { ask: Ask }) {
  const settled = ask.type === "approval" ? ask.approval : ask.question;
  return (
    <p className="flex min-h-7 flex-wrap items-center gap-x-1.5 text-muted-foreground" role="status">
      <span>{settledWords(ask)}</span>
      {settled.resolved_by === null ? null : (
        <span>
          by <PlainText text={settled.resolved_by} />,
        </span>
      )}
      {settled.resolved_at === null ? null : <Ago at={settled.resolved_at} />}
    </p>
  );
}

function settledWords(ask: Ask): string {
  const settled = ask.type === "approval" ? ask.approval : ask.question;
  switch (settled.state) {
    case "pending":
      return "Waits";
    case "allowed":
      return "is_edited" in settled && settled.is_edited ? "Allowed with edits" : "Allowed";
    case "denied":
      return "Denied";
    case "answered":
      return "Answered";
    case "declined":
      return "Left to the agent";
    case "withdrawn":
      return "Taken back by the agent: no answer is needed any more";
  }
}
