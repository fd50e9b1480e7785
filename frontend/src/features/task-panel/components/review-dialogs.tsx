import { type FormEvent, useId, useState } from "react";
import { discardAttempt } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import { cancelTask, rejectTask } from "@/api/tasks";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { formatCount } from "@/lib/format";
import { usePanel } from "../hooks/use-panel";

/** The dialog that is open over the panel, or none. */
export function ReviewDialogs() {
  const { dialog } = usePanel();
  switch (dialog) {
    case "none":
      return null;
    case "cancel":
      return <CancelDialog />;
    case "reject":
      return <RejectDialog />;
    case "discard":
      return <DiscardDialog />;
  }
}

function CancelDialog() {
  const { task, setDialog } = usePanel();
  return (
    <ConfirmDialog
      cancelLabel="Keep it running"
      choices={[{ label: "Cancel the run", variant: "destructive", run: () => cancelTask(task.id) }]}
      explain={errorMessage}
      onClose={() => setDialog("none")}
      title={`Cancel the run of #${task.number}?`}
    >
      <p>
        The agent stops. What it has done so far stays in its worktree{task.branch_name ? " and on its branch" : ""}.
      </p>
    </ConfirmDialog>
  );
}

function DiscardDialog() {
  const { attempt, setDialog, onView } = usePanel();
  if (!attempt) return null;
  const run = async () => {
    await discardAttempt(attempt.id);
    onView({ tab: "overview" });
  };
  const branch = attempt.branch_name ?? `attempt-${attempt.number}`;
  return (
    <ConfirmDialog
      cancelLabel="Keep the work"
      choices={[{ label: "Discard the work", variant: "destructive", run }]}
      explain={errorMessage}
      onClose={() => setDialog("none")}
      title={`Discard the work of attempt ${attempt.number}?`}
    >
      <p>
        Its worktree and its branch <code className="text-foreground">{branch}</code> go
        {attempt.files_changed ? `, with changes in ${formatCount(attempt.files_changed, "file")}` : ""}. The log stays.
      </p>
      <p>
        The work can be had back for 30 days, with
        <code className="mt-1 block rounded-md border bg-inset px-2 py-1.5 text-foreground [overflow-wrap:anywhere]">
          git branch {branch} refs/eval-kanban/keep/{attempt.id}
        </code>
      </p>
    </ConfirmDialog>
  );
}

type RejectStatus = { type: "writing" } | { type: "sending" } | { type: "failed"; message: string };

/** Sends the work back with what is missing; the next attempt's prompt has it. */
function RejectDialog() {
  const { task, setDialog } = usePanel();
  const [feedback, setFeedback] = useState(task.feedback ?? "");
  const [restart, setRestart] = useState(true);
  const [status, setStatus] = useState<RejectStatus>({ type: "writing" });
  const close = () => setDialog("none");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setStatus({ type: "sending" });
    rejectTask(task.id, { feedback: feedback.trim(), restart }).then(close, (error: unknown) =>
      setStatus({ type: "failed", message: errorMessage(error) }),
    );
  };
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && close()} open>
      <DialogContent description={`#${task.number} ${task.title}`} title="Request changes">
        <form onSubmit={submit}>
          <DialogBody>
            <Field hint="The next attempt gets it with the task." label="What is missing">
              {(control) => (
                <Textarea
                  {...control}
                  onChange={(event) => setFeedback(event.target.value)}
                  required
                  value={feedback}
                />
              )}
            </Field>
            <RestartChoice onChange={setRestart} restart={restart} />
            {status.type === "failed" ? (
              <p className="text-state-failed" role="alert">
                {status.message}
              </p>
            ) : null}
          </DialogBody>
          <DialogFooter>
            <Button onClick={close}>Cancel</Button>
            <Button disabled={feedback.trim() === "" || status.type === "sending"} type="submit" variant="primary">
              {restart ? "Request changes and run again" : "Request changes"}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function RestartChoice({ restart, onChange }: { restart: boolean; onChange: (restart: boolean) => void }) {
  const id = useId();
  return (
    <label className="flex min-h-7 items-center gap-2 max-md:min-h-11" htmlFor={id}>
      <Checkbox checked={restart} id={id} onCheckedChange={(checked) => onChange(checked === true)} />
      Run the next attempt at once
    </label>
  );
}
