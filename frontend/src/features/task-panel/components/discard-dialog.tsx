import { useQuery } from "@tanstack/react-query";
import { discardAttempt } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import type { Attempt, DiscardPreview } from "@/api/generated/types";
import { discardPreviewQuery } from "@/api/review";
import { PlainText } from "@/components/plain-text";
import { ConfirmDialog } from "@/components/ui/confirm-dialog";
import { Skeleton } from "@/components/ui/skeleton";
import { formatCount } from "@/lib/format";
import { usePanel } from "../hooks/use-panel";

/** Says what a discard takes, and how to get it back. */
export function DiscardDialog() {
  const { attempt, setDialog, onView } = usePanel();
  const preview = useQuery({ ...discardPreviewQuery(attempt?.id ?? ""), enabled: attempt !== undefined });
  if (!attempt) return null;
  const run = async () => {
    await discardAttempt(attempt.id);
    onView({ tab: "overview" });
  };
  return (
    <ConfirmDialog
      cancelLabel="Keep the work"
      choices={[{ label: "Discard the work", variant: "destructive", run }]}
      explain={errorMessage}
      onClose={() => setDialog("none")}
      title={`Discard the work of attempt ${attempt.number}?`}
    >
      {preview.data ? <Losses preview={preview.data} /> : null}
      {preview.isError ? <p role="alert">What would go could not be listed. {errorMessage(preview.error)}</p> : null}
      {preview.isPending ? <Skeleton className="w-3/5" /> : null}
      <Return attempt={attempt} days={preview.data?.kept_days ?? 30} />
    </ConfirmDialog>
  );
}

function Losses({ preview }: { preview: DiscardPreview }) {
  const commits = formatCount(preview.commit_count, "commit");
  return (
    <>
      <p>
        Its worktree
        {preview.branch_name ? (
          <>
            {" "}
            and its branch <code className="text-foreground">{preview.branch_name}</code> go
          </>
        ) : (
          " goes"
        )}
        , with {commits} that no other branch has and changes in {formatCount(preview.files_changed, "file")} (+
        {preview.additions} −{preview.deletions}). The log stays.
      </p>
      {preview.uncommitted.length > 0 ? <Uncommitted paths={preview.uncommitted} /> : null}
    </>
  );
}

const pathsShown = 8;

function Uncommitted({ paths }: { paths: readonly string[] }) {
  return (
    <div>
      <p>Not committed:</p>
      <ul className="mt-1 rounded-md border bg-inset px-2 py-1.5">
        {paths.slice(0, pathsShown).map((path) => (
          <li key={path}>
            <code className="[overflow-wrap:anywhere] text-foreground">
              <PlainText text={path} />
            </code>
          </li>
        ))}
        {paths.length > pathsShown ? <li>and {formatCount(paths.length - pathsShown, "more path")}</li> : null}
      </ul>
    </div>
  );
}

function Return({ attempt, days }: { attempt: Attempt; days: number }) {
  const branch = attempt.branch_name ?? `attempt-${attempt.number}`;
  return (
    <p>
      For {days} days all of it can be had back: with Restore here, from the project's recovery list, or with
      <code className="mt-1 block rounded-md border bg-inset px-2 py-1.5 [overflow-wrap:anywhere] text-foreground">
        git branch {branch} refs/eval-kanban/keep/{attempt.worktree_id}
      </code>
    </p>
  );
}
