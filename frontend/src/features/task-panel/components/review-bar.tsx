import { type FormEvent, type KeyboardEvent, useState } from "react";
import { rejectTask } from "@/api/tasks";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { useIsNarrow } from "@/lib/use-media";
import { usePanel } from "../hooks/use-panel";

/** Below the diff: the other decision, with what is missing. The merge stands at the top. */
export function ReviewBar() {
  const { task, attempt } = usePanel();
  const isNarrow = useIsNarrow();
  if (!task.allowed_actions.includes("reject") || attempt?.id !== task.last_attempt?.id) return null;
  return (
    <div className="flex min-h-13 shrink-0 items-center gap-3 border-t border-border-strong bg-popover px-6 max-md:px-4 in-data-full:px-4">
      {isNarrow ? <RequestButton /> : <FeedbackForm />}
    </div>
  );
}

function RequestButton() {
  const { setDialog } = usePanel();
  return (
    <Button className="flex-1" onClick={() => setDialog("reject")}>
      Request changes…
    </Button>
  );
}

function FeedbackForm() {
  const { task, attempt, action, run, setDialog } = usePanel();
  const [feedback, setFeedback] = useState("");
  const isEmpty = feedback.trim() === "";
  const send = () => {
    if (isEmpty || action.type === "running") return;
    run("The changes were not requested", async () => {
      await rejectTask(task.id, { feedback: feedback.trim(), restart: true });
      setFeedback("");
    });
  };
  const onSubmit = (event: FormEvent) => event.preventDefault();
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) send();
  };
  return (
    <form className="flex min-w-0 flex-1 items-center gap-3" onSubmit={onSubmit}>
      <Input
        aria-label="What is missing"
        className="h-8 flex-1 bg-background"
        onChange={(event) => setFeedback(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="What is missing"
        value={feedback}
      />
      {attempt?.allowed_actions.includes("discard") ? (
        <Button className="h-8" onClick={() => setDialog("discard")} variant="ghost">
          Discard…
        </Button>
      ) : null}
      <Button
        className="h-8"
        disabled={isEmpty || action.type === "running"}
        onClick={send}
        title={isEmpty ? "Say first what is missing" : undefined}
      >
        Request changes and run again<Kbd>⌘↵</Kbd>
      </Button>
    </form>
  );
}
