import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { errorMessage } from "@/api/errors";
import { commentsQuery, requestChanges } from "@/api/review";
import { cancelTask, rejectTask } from "@/api/tasks";
import { Button } from "@/components/ui/button";
import { Checkbox } from "@/components/ui/checkbox";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { formatCount } from "@/lib/format";
import { usePanel } from "../hooks/use-panel";
import { DecisionDialog } from "./decision-dialog";
import { DiscardDialog } from "./discard-dialog";
import { RetryDialog } from "./retry-dialog";
import { RevertDialog } from "./settled-actions";

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
    case "decide":
      return <DecisionDialog />;
    case "revert":
      return <RevertDialog />;
    case "retry":
      return <RetryDialog />;
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

type RejectStatus = { type: "writing" } | { type: "sending" } | { type: "failed"; message: string };

/** Sends the work back with what is missing, and with the comments that were not sent yet. */
function RejectDialog() {
  const { task, setDialog } = usePanel();
  const [feedback, setFeedback] = useState(task.feedback ?? "");
  const [restart, setRestart] = useState(true);
  const [status, setStatus] = useState<RejectStatus>({ type: "writing" });
  const { send, drafts, goesOn } = useReject();
  const close = () => setDialog("none");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setStatus({ type: "sending" });
    send(feedback.trim(), restart).then(close, (error: unknown) =>
      setStatus({ type: "failed", message: errorMessage(error) }),
    );
  };
  const isEmpty = feedback.trim() === "" && (drafts === 0 || !restart);
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && close()} open>
      <DialogContent description={`#${task.number} ${task.title}`} title="Request changes">
        <form onSubmit={submit}>
          <DialogBody>
            <Field
              hint={goesOn && restart ? "The agent goes on in its worktree and session." : "The next attempt gets it."}
              label="What is missing"
            >
              {(control) => (
                <Textarea {...control} onChange={(event) => setFeedback(event.target.value)} value={feedback} />
              )}
            </Field>
            <RestartChoice onChange={setRestart} restart={restart} />
            <p className="text-state-failed empty:hidden" role="alert">
              {status.type === "failed" ? status.message : ""}
            </p>
          </DialogBody>
          <DialogFooter>
            <Button onClick={close}>Cancel</Button>
            <Button disabled={isEmpty || status.type === "sending"} type="submit" variant="primary">
              {rejectLabel(restart, drafts)}
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function rejectLabel(restart: boolean, drafts: number): string {
  if (!restart) return "Request changes";
  return drafts === 0 ? "Request changes and run again" : `Request changes with ${formatCount(drafts, "comment")}`;
}

/** As a request for changes where the attempt can go on; else as feedback for the next one. */
function useReject() {
  const { task, newest } = usePanel();
  const goesOn = newest?.allowed_actions.includes("request_changes") ?? false;
  const comments = useQuery({ ...commentsQuery(task.id, newest?.id ?? ""), enabled: goesOn }).data ?? [];
  const drafts = comments.filter((comment) => comment.state === "draft");
  const send = async (feedback: string, restart: boolean) => {
    if (!goesOn || !restart || newest === undefined) return rejectTask(task.id, { feedback, restart });
    const comment_ids = drafts.map((comment) => comment.id);
    return void (await requestChanges(newest.id, { feedback, comments: [], comment_ids }));
  };
  return { send, goesOn, drafts: drafts.length };
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
