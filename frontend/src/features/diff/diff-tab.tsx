import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { diffQuery } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import type { Attempt } from "@/api/generated/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { DiffView } from "./components/diff-view";
import { useLiveRevision } from "./hooks/use-live-revision";

type DiffTabProps = {
  attempt: Attempt;
  /** The file to show first. */
  file: string | undefined;
  onFile: (path: string) => void;
};

/** What an attempt changed. Give it the attempt's id as its key. */
export default function DiffTab({ attempt, file, onFile }: DiffTabProps) {
  const { isLive, revision, refresh } = useLiveRevision(attempt);
  const diff = useQuery({ ...diffQuery(attempt.id, revision), placeholderData: keepPreviousData });
  if (attempt.state === "queued") {
    return <Notice title="Nothing to compare yet">The attempt is queued; its worktree is made when it starts.</Notice>;
  }
  if (diff.data === undefined) {
    if (!diff.isError) return <DiffSkeleton />;
    return (
      <Notice action={<Button onClick={refresh}>Try again</Button>} isAlert title="The diff could not be read">
        {errorMessage(diff.error)}
      </Notice>
    );
  }
  if (diff.data.files.length === 0) {
    return (
      <Notice action={isLive ? <Button onClick={refresh}>Look again</Button> : null} title="No changes">
        {isLive ? "The agent has not changed a file so far." : "This attempt changed no file."}
      </Notice>
    );
  }
  return (
    <DiffView
      attemptId={attempt.id}
      diff={diff.data}
      file={file}
      isRefreshing={diff.isFetching}
      onFile={onFile}
      onRefresh={refresh}
    />
  );
}

function DiffSkeleton() {
  return (
    <div aria-busy="true" aria-label="Reading the diff" className="flex flex-col gap-4 p-6 max-md:p-4">
      <Skeleton className="w-1/3" />
      <Skeleton className="w-3/5" />
      <Skeleton className="w-1/2" />
      <Skeleton className="w-2/5" />
    </div>
  );
}
