import { ExternalLink, RefreshCw, Undo2 } from "lucide-react";
import { errorMessage } from "@/api/errors";
import type { Attempt } from "@/api/generated/types";
import { refreshPullRequest, restoreAttempt, undoMerge } from "@/api/review";
import { When } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Icon } from "@/components/ui/icon";
import { pullRequestLine } from "@/lib/review-words";
import { usePanel } from "../hooks/use-panel";
import { canRevert } from "../merge-model";

/** Takes a merge back. Where something was built on it, a revert is offered instead. */
export function UndoAction({ attempt }: { attempt: Attempt }) {
  const { action, run, setDialog } = usePanel();
  const undo = () =>
    run("The merge was not undone", async () => {
      try {
        await undoMerge(attempt.id, { how: "undo" });
      } catch (error) {
        if (!canRevert(error)) throw error;
        setDialog("revert");
      }
    });
  return (
    <Button
      disabled={action.type === "running"}
      onClick={undo}
      title={`${attempt.base_branch} goes back to where it was; branch and worktree come back`}
    >
      <Icon as={Undo2} />
      Undo the merge
    </Button>
  );
}

/** What can still be done once others have built on a merge. */
export function RevertDialog() {
  const { newest, setDialog } = usePanel();
  if (newest === undefined) return null;
  const revert = async () => void (await undoMerge(newest.id, { how: "revert" }));
  return (
    <ConfirmDialog
      cancelLabel="Keep the merge"
      choices={[{ label: "Revert with a new commit", variant: "primary", run: revert }]}
      explain={errorMessage}
      onClose={() => setDialog("none")}
      title={`${newest.base_branch} has gone on since`}
    >
      <p>
        Something was built on the merge, so {newest.base_branch} cannot simply go back. A new commit on it can take the
        changes back; what came after stays. The task goes to To Do.
      </p>
    </ConfirmDialog>
  );
}

/** Has a discarded attempt's work back. */
export function RestoreAction({ attempt }: { attempt: Attempt }) {
  const { action, run } = usePanel();
  return (
    <Button
      disabled={action.type === "running"}
      onClick={() => run("The work was not restored", async () => void (await restoreAttempt(attempt.id)))}
      title="Branch and worktree come back, and the attempt is ready for review again"
      variant="primary"
    >
      <Icon as={Undo2} />
      Restore the work
    </Button>
  );
}

/** The way to the pull request. */
export function RequestAction({ url, number }: { url: string; number: number }) {
  return (
    <Button asChild>
      <a href={url} rel="noopener noreferrer" target="_blank">
        <Icon as={ExternalLink} />
        Pull request {number}
      </a>
    </Button>
  );
}

/** What became of the shown attempt: merged, reverted, a pull request, discarded. */
export function OutcomeLine() {
  const { attempt } = usePanel();
  if (attempt === undefined) return null;
  if (attempt.merge_commit === null && attempt.pull_request === null) return null;
  return (
    <div className="mt-1.5 flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted-foreground tabular-nums">
      {attempt.merge_commit ? <Merged attempt={attempt} commit={attempt.merge_commit} /> : null}
      {attempt.pull_request ? <RequestFacts attempt={attempt} /> : null}
    </div>
  );
}

function Merged({ attempt, commit }: { attempt: Attempt; commit: string }) {
  return (
    <span>
      merged into {attempt.base_branch} as{" "}
      <code className="text-code leading-4" title={commit}>
        {commit.slice(0, 7)}
      </code>
      {attempt.merge_style ? ` · ${attempt.merge_style}` : ""}
      {attempt.revert_commit ? (
        <>
          {" "}
          · taken back by{" "}
          <code className="text-code leading-4" title={attempt.revert_commit}>
            {attempt.revert_commit.slice(0, 7)}
          </code>
        </>
      ) : null}
    </span>
  );
}

function RequestFacts({ attempt }: { attempt: Attempt }) {
  const { action, run } = usePanel();
  const request = attempt.pull_request;
  if (request === null) return null;
  return (
    <>
      <a
        className="text-link hover:underline"
        href={request.url}
        rel="noopener noreferrer"
        target="_blank"
        title={request.url}
      >
        {pullRequestLine(request)}
      </a>
      <span>{request.repository}</span>
      <span className="flex items-center gap-1">
        as of <When at={request.checked_at} />
        <Button
          aria-label="Ask GitHub now"
          disabled={action.type === "running"}
          onClick={() => run("GitHub could not be asked", async () => void (await refreshPullRequest(attempt.id)))}
          size="icon-sm"
          title="Ask GitHub now"
          variant="ghost"
        >
          <Icon as={RefreshCw} size={12} />
        </Button>
      </span>
      {request.error ? (
        <span className="basis-full text-state-failed" role="alert">
          <PlainText text={request.error} />
        </span>
      ) : null}
    </>
  );
}
