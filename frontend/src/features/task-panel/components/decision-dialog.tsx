import { type FormEvent, type KeyboardEvent, useState } from "react";
import { errorMessage } from "@/api/errors";
import type { MergeStyle } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Dialog, DialogBody, DialogContent, DialogFooter } from "@/components/ui/dialog";
import { Field, Textarea } from "@/components/ui/field";
import { Kbd } from "@/components/ui/kbd";
import { formatCount } from "@/lib/format";
import { decisionName } from "@/lib/review-words";
import { type Panel, usePanel } from "../hooks/use-panel";
import { decisionNotes, hasMessage, subjectHint } from "../merge-model";

type Status = { type: "writing" } | { type: "sending" } | { type: "failed"; message: string };

/** The decision with its message, before it is carried out. What was written stays when the dialog is left. */
export function DecisionDialog() {
  const { task, merge, setDialog } = usePanel();
  const [status, setStatus] = useState<Status>({ type: "writing" });
  const close = () => setDialog("none");
  const send = () => {
    if (status.type === "sending" || merge.obstacle !== undefined) return;
    setStatus({ type: "sending" });
    merge.decide().then(close, (error: unknown) => setStatus({ type: "failed", message: errorMessage(error) }));
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    send();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) send();
  };
  return (
    <Dialog onOpenChange={(isOpen) => !isOpen && close()} open>
      <DialogContent description={`#${task.number} ${task.title}`} title={decisionName(merge.decision, merge.base)}>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the keys belong to the form */}
        <form onKeyDown={onKeyDown} onSubmit={onSubmit}>
          <DialogBody>
            <Effect />
            {hasMessage(merge.decision) ? <MessageField /> : null}
            <p className="text-state-failed empty:hidden" role="alert">
              {status.type === "failed" ? status.message : merge.obstacle}
            </p>
          </DialogBody>
          <DialogFooter>
            <Button onClick={close}>Cancel</Button>
            <Button
              disabled={status.type === "sending" || merge.obstacle !== undefined}
              type="submit"
              variant="primary"
            >
              {status.type === "sending" ? waitingWords(merge) : decisionName(merge.decision, merge.base)}
              <Kbd>⌘↵</Kbd>
            </Button>
          </DialogFooter>
        </form>
      </DialogContent>
    </Dialog>
  );
}

function waitingWords({ preview }: Panel["merge"]): string {
  return preview?.runs_gates ? "running the gates on the merged tree…" : "merging…";
}

/** What will happen, before it does. */
function Effect() {
  const { newest, merge } = usePanel();
  const { decision, preview, base } = merge;
  if (decision === "keep" || decision === "pr")
    return <p className="text-muted-foreground">{decisionNotes[decision]}.</p>;
  return (
    <p className="text-muted-foreground">
      {preview ? formatCount(preview.ahead, "commit") : "What stands"} on{" "}
      <code className="text-foreground">{newest?.branch_name}</code>: {effectWords[decision]} {base}.{" "}
      {preview?.runs_gates ? "The gates run on the merged tree first. " : ""}
      {preview?.updates_checkout ? `Your checkout is on ${base} and comes along. ` : ""}
      The worktree and the branch go; it can be undone.
    </p>
  );
}

const effectWords: Record<MergeStyle, string> = {
  merge: "joined by a merge commit on",
  squash: "one new commit on",
  rebase: "replayed one by one on",
};

function MessageField() {
  const { merge } = usePanel();
  const suggested = merge.preview?.message ?? "";
  const text = merge.message ?? suggested;
  const change = (next: string) => merge.setMessage(next === suggested ? undefined : next);
  return (
    <>
      <Field hint={subjectHint(text)} label={merge.decision === "pr" ? "Title and text" : "Message of the commit"}>
        {(control) => (
          <Textarea
            {...control}
            className="max-h-80 min-h-32 font-mono text-code"
            onChange={(event) => change(event.target.value)}
            placeholder={merge.decision === "pr" ? "The task's title and what the agent says it did" : ""}
            spellCheck
            value={text}
          />
        )}
      </Field>
      {merge.message === undefined ? null : (
        <Button className="self-start" onClick={() => merge.setMessage(undefined)} size="sm" variant="ghost">
          Take the suggested message
        </Button>
      )}
    </>
  );
}
