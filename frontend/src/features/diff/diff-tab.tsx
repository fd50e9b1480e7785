import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { type DiffView as View, diffQuery } from "@/api/diff";
import { errorMessage } from "@/api/errors";
import type { Attempt, DiffScope } from "@/api/generated/types";
import { diffScopesQuery } from "@/api/review";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { DiffBar } from "./components/diff-bar";
import { DiffView, type DiffViewProps } from "./components/diff-view";
import { StrayRemarks } from "./components/stray-remarks";
import { useBox } from "./hooks/use-box";
import { canSplit, useDiffChoices } from "./hooks/use-diff-choices";
import { useLiveRevision } from "./hooks/use-live-revision";
import { useViewed } from "./hooks/use-viewed";
import type { DiffReview } from "./remarks";
import { emptyWords, scopeChoices } from "./scopes";
import { openDesk } from "./worker/desk";

export type DiffTabProps = {
  attempt: Attempt;
  /** The file to show first. */
  file: string | undefined;
  onFile: (path: string) => void;
  scope: DiffScope;
  onScope: (scope: DiffScope) => void;
  /** Two checkpoints that are compared instead of a scope. */
  between?: View["between"];
  /** What others put between the lines. */
  review: DiffReview;
};

openDesk();

const treeNeeds = 780;
const treeWidth = 264;

/** What an attempt changed. Give it the attempt's id as its key. */
export default function DiffTab(props: DiffTabProps) {
  const { attempt, scope } = props;
  const { isLive, revision, refresh } = useLiveRevision(attempt);
  const whole = useRef<HTMLDivElement>(null);
  const box = useBox(whole);
  const choices = useDiffChoices();
  const { hidesWhitespace } = choices;
  const view: View = { attemptId: attempt.id, scope, hidesWhitespace, between: props.between };
  const diff = useDiff(view, revision);
  const counts = useQuery({ ...diffScopesQuery(attempt.id, revision), enabled: attempt.state !== "queued" });
  const [isTreeOpen, setIsTreeOpen] = useState(false);
  const [isFinding, setIsFinding] = useState(false);
  const hasTree = box.width >= treeNeeds;
  const hasRoom = canSplit(hasTree ? box.width - treeWidth : box.width);
  const mode = hasRoom ? choices.wanted : "unified";
  return (
    <div className="flex h-full min-h-0 flex-col" ref={whole}>
      <DiffBar
        choices={scopeChoices(counts.data)}
        files={diff.data?.files}
        live={{ isLive: diff.data?.is_live === true, isRefreshing: diff.isFetching, onRefresh: refresh }}
        mode={{ value: mode, canSplit: hasRoom, onChange: choices.chooseMode }}
        onFind={() => setIsFinding(!isFinding)}
        onScope={props.onScope}
        onTree={hasTree ? undefined : () => setIsTreeOpen(true)}
        scope={scope}
        whitespace={{ isHidden: hidesWhitespace, onToggle: choices.toggleWhitespace }}
        width={box.width}
      />
      <DiffBody
        {...props}
        diff={diff}
        find={{ isOpen: isFinding, onChange: setIsFinding }}
        hasTree={hasTree}
        isLive={isLive}
        mode={mode}
        onMode={choices.chooseMode}
        onRefresh={refresh}
        tree={{ isOpen: isTreeOpen, onChange: setIsTreeOpen }}
        view={view}
      />
    </div>
  );
}

/** While a newer form of the same view is read, the older one stays; another view shows nothing of this one. */
function useDiff(view: View, revision: string) {
  const query = diffQuery(view, revision);
  const viewOf = (key: readonly unknown[]) => JSON.stringify(key.slice(0, -1));
  return useQuery({
    ...query,
    placeholderData: (before, beforeQuery) =>
      beforeQuery && viewOf(beforeQuery.queryKey) === viewOf(query.queryKey) ? before : undefined,
  });
}

type DiffBodyProps = DiffTabProps &
  Pick<DiffViewProps, "view" | "mode" | "onMode" | "hasTree" | "tree" | "find"> & {
    diff: ReturnType<typeof useDiff>;
    isLive: boolean;
    onRefresh: () => void;
  };

function DiffBody({ diff, isLive, onRefresh, ...props }: DiffBodyProps) {
  const { attempt, view } = props;
  const mark = useViewed(attempt.id);
  if (attempt.state === "queued") {
    return <Notice title="Nothing to compare yet">The attempt is queued; its worktree is made when it starts.</Notice>;
  }
  if (diff.data === undefined) {
    if (!diff.isError) return <DiffSkeleton />;
    return (
      <Notice action={<Button onClick={onRefresh}>Try again</Button>} isAlert title="The diff could not be read">
        {errorMessage(diff.error)}
      </Notice>
    );
  }
  const { files } = diff.data;
  return (
    <>
      <StrayRemarks files={files} review={props.review} />
      {files.length === 0 ? (
        <Notice action={isLive ? <Button onClick={onRefresh}>Look again</Button> : null} title="No changes">
          {emptyWords(view.scope, isLive)}
        </Notice>
      ) : (
        <DiffView
          {...props}
          diff={diff.data}
          key={`${view.scope} ${view.between?.from} ${view.between?.to} ${view.hidesWhitespace}`}
          onViewed={(file, isViewed) => void mark(file, isViewed)}
        />
      )}
    </>
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
