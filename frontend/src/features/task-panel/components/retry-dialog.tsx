import { type FormEvent, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Attempt } from "@/api/generated/types";
import { retryAttempt } from "@/api/review";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { usePanel } from "../hooks/use-panel";

type Status = { type: "writing" } | { type: "sending" } | { type: "failed"; message: string };

/** Tries again from the base on a new branch. */
export function RetryDialog() {
  const { newest, setDialog } = usePanel();
  if (newest === undefined) return null;
  return <StartDialog attempt={newest} checkpoint={undefined} onClose={() => setDialog("none")} />;
}

type StartDialogProps = { attempt: Attempt; checkpoint: number | undefined; onClose: () => void };

/** A new attempt from the base, or from a state of this one; what is missing goes into its prompt. */
export function StartDialog({ attempt, checkpoint, onClose }: StartDialogProps) {
  const { onView } = usePanel();
  const [feedback, setFeedback] = useState("");
  const [status, setStatus] = useState<Status>({ type: "writing" });
  const from = checkpoint === undefined ? attempt.base_branch : `checkpoint ${checkpoint}`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setStatus({ type: "sending" });
    const start = checkpoint === undefined ? {} : { checkpoint };
    retryAttempt(attempt.id, { feedback: feedback.trim(), comment_ids: [], ...start }).then(
      () => {
        onView({ tab: "activity", attempt: undefined });
        onClose();
      },
      (error: unknown) => setStatus({ type: "failed", message: errorMessage(error) }),
    );
  };
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && onClose()} open>
      <DialogContent
        description={`A new attempt on a new branch, from ${from}. Attempt ${attempt.number} keeps its branch and log.`}
        title={checkpoint === undefined ? "Try again from the base" : `New attempt from checkpoint ${checkpoint}`}
      >
        <form onSubmit={submit}>
          <DialogBody>
            <Field hint="It stands in the new attempt's prompt." label="What is missing (optional)">
              {(control) => (
                <Textarea {...control} onChange={(event) => setFeedback(event.target.value)} value={feedback} />
              )}
            </Field>
            <p className="text-state-failed empty:hidden" role="alert">
              {status.type === "failed" ? status.message : ""}
            </p>
          </DialogBody>
          <DialogFooter>
            <Button onClick={onClose}>Cancel</Button>
            <Button disabled={status.type === "sending"} type="submit" variant="primary">
              Start the new attempt
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}
