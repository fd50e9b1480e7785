import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { errorMessage } from "@/api/errors";
import type { Project, RecoveryItem, RestoredItem } from "@/api/generated/types";
import { recoveryQuery, restoreAttempt, restoreItem } from "@/api/review";
import { Ago } from "@/components/elapsed";
import { Notice } from "@/components/notice";
import { PlainText } from "@/components/plain-text";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { useCoarseNowMs } from "@/lib/clock";
import { formatInstant } from "@/lib/format";
import { daysLeft, groupItems, kindNotes, kindWords, type RecoveryGroup } from "./model";

type RecoveryListProps = { project: Project; onOpenTask: (number: number) => void };

/** What was removed in a project and can be had back, newest first. */
export function RecoveryList({ project, onOpenTask }: RecoveryListProps) {
  const items = useQuery({ ...recoveryQuery(project.id), staleTime: 0 });
  if (items.data) return <Groups groups={groupItems(items.data)} onOpenTask={onOpenTask} project={project} />;
  if (items.isPending) return <Skeleton className="w-1/2" />;
  return (
    <Notice
      action={<Button onClick={() => void items.refetch()}>Try again</Button>}
      className="px-0"
      isAlert
      title="This could not be read"
    >
      {errorMessage(items.error)}
    </Notice>
  );
}

function Groups({ groups, project, onOpenTask }: RecoveryListProps & { groups: readonly RecoveryGroup[] }) {
  if (groups.length === 0) {
    return (
      <Notice className="px-0" title="Nothing was removed in the last 30 days">
        Discarded attempts, removed branches and what was not committed stand here, each with a way to have it back.
      </Notice>
    );
  }
  return (
    <ul className="flex flex-col gap-3">
      {groups.map((group) => (
        <li className="rounded-md border bg-card" key={group.key}>
          <GroupHead group={group} onOpenTask={onOpenTask} project={project} />
          <ul>
            {group.items.map((item) => (
              <ItemRow item={item} key={item.reference} project={project} />
            ))}
          </ul>
        </li>
      ))}
    </ul>
  );
}

type GroupHeadProps = RecoveryListProps & { group: RecoveryGroup };

/** The task and attempt that things come from; a discarded attempt can come back as a whole. */
function GroupHead({ group, project, onOpenTask }: GroupHeadProps) {
  const restore = useRestore(project);
  const { title, taskNumber, attemptNumber, attemptId } = group;
  return (
    <div className="flex flex-wrap items-center gap-2 px-3 py-2">
      <span className="min-w-0 flex-1 font-[550] [overflow-wrap:anywhere]">
        {taskNumber === null ? (
          kindNotes[group.kind]
        ) : (
          <button className="text-left hover:underline" onClick={() => onOpenTask(taskNumber)} type="button">
            <span className="text-faint-foreground">#{taskNumber}</span> <PlainText text={title ?? ""} />
          </button>
        )}
        {attemptNumber === null ? null : (
          <span className="font-normal text-muted-foreground"> · attempt {attemptNumber}</span>
        )}
      </span>
      {attemptId === null || !group.hasBranch ? null : (
        <Button
          disabled={restore.status.type === "sending"}
          onClick={() => restore.attempt(attemptId)}
          title="Branch and worktree come back, and the attempt is ready for review again"
        >
          Restore the attempt
        </Button>
      )}
      <Standing status={restore.status} />
    </div>
  );
}

function ItemRow({ item, project }: { item: RecoveryItem; project: Project }) {
  const restore = useRestore(project);
  const nowMs = useCoarseNowMs();
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 border-t px-3 py-1.5">
      <span className="min-w-0 flex-1 max-md:basis-full">
        <span className="block truncate" title={item.subject}>
          <span className="text-muted-foreground">{kindWords[item.kind]}</span> <PlainText text={item.subject} />
        </span>
        <span className="block text-xs text-faint-foreground tabular-nums" title={kindNotes[item.kind]}>
          <code title={item.commit}>{item.commit.slice(0, 7)}</code> · put aside <Ago at={item.created_at} /> ·{" "}
          <span title={formatInstant(item.expires_at)}>{daysLeft(item.expires_at, nowMs)}</span>
        </span>
      </span>
      <Button
        disabled={restore.status.type === "sending" || restore.status.type === "done"}
        onClick={() => restore.item(item.reference)}
        size="sm"
        title={`Makes a branch of ${item.reference}`}
      >
        Restore as a branch
      </Button>
      <Standing status={restore.status} />
    </li>
  );
}

type Status = { type: "idle" | "sending" } | { type: "done"; words: string } | { type: "failed"; message: string };

/** Has something back, and reads the list again. */
function useRestore(project: Project) {
  const client = useQueryClient();
  const [status, setStatus] = useState<Status>({ type: "idle" });
  const follow = (work: Promise<string>, isListed: boolean) => {
    setStatus({ type: "sending" });
    work.then(
      (words) => {
        setStatus({ type: "done", words });
        if (!isListed) void client.invalidateQueries({ queryKey: recoveryQuery(project.id).queryKey });
      },
      (error: unknown) => setStatus({ type: "failed", message: errorMessage(error) }),
    );
  };
  return {
    status,
    item: (reference: string) => follow(restoreItem(project.id, { reference }).then(tellBranch), true),
    attempt: (id: string) =>
      follow(
        restoreAttempt(id).then(() => "The attempt is ready for review again."),
        false,
      ),
  };
}

function tellBranch({ branch, commit }: RestoredItem): string {
  return `It is the branch ${branch} now, at ${commit.slice(0, 7)}.`;
}

function Standing({ status }: { status: Status }) {
  if (status.type === "done") {
    return (
      <p className="basis-full text-xs text-state-review" role="status">
        {status.words}
      </p>
    );
  }
  if (status.type !== "failed") return null;
  return (
    <p className="basis-full text-xs text-state-failed" role="alert">
      {status.message}
    </p>
  );
}
