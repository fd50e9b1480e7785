import { Check, GitPullRequestClosed, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Elapsed } from "@/components/elapsed";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { useCoarseNowMs } from "@/lib/clock";
import { formatWhen } from "@/lib/format";
import { gatesStanding } from "@/lib/gates";
import { collisionLine, describeCollisions } from "@/lib/review-words";
import { usePanel } from "../hooks/use-panel";
import { baseWords, gatesRan } from "../merge-model";
import { obstacleId } from "./decision-actions";

/** Under the decision: how far the base is, what the gates say, what collides. */
export function StandingLine() {
  const { merge, action } = usePanel();
  if (merge.decisions.length === 0) return null;
  const { preview } = merge;
  return (
    <div className="mt-1.5 text-xs text-muted-foreground tabular-nums max-md:py-1">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 in-data-full:justify-end max-md:justify-start! max-md:gap-x-3 max-md:gap-y-3">
        {preview ? <span className="whitespace-nowrap">{baseWords(preview)}</span> : null}
        <Gates />
        <Conflicts />
        {merge.message === undefined ? null : <span className="whitespace-nowrap">message edited</span>}
        {action.type === "running" ? <MergeRuns /> : null}
      </div>
      {merge.obstacle === undefined ? null : (
        <p className="mt-1 text-foreground in-data-full:text-right max-md:text-left! max-md:mt-3" id={obstacleId}>
          <PlainText text={merge.obstacle} />
        </p>
      )}
    </div>
  );
}

function Part({ children, onClick }: { children: ReactNode; onClick: () => void }) {
  return (
    <button
      className="relative -mx-1 flex min-w-0 items-center gap-1.5 rounded-xs px-1 hover:bg-accent max-md:after:absolute max-md:after:inset-x-0 max-md:after:-inset-y-2"
      onClick={onClick}
      type="button"
    >
      {children}
    </button>
  );
}

function Gates() {
  const { merge, newest, onView } = usePanel();
  const standing = gatesStanding(newest?.gates ?? []);
  const nowMs = useCoarseNowMs();
  const { commit, at } = gatesRan(merge.runs);
  const open = () => onView({ tab: "gates", attempt: undefined });
  switch (standing.type) {
    case "none":
      return null;
    case "running":
      return <Part onClick={open}>gates run: {standing.names.join(", ")}</Part>;
    case "failed":
      return (
        <Part onClick={open}>
          <span className="flex items-center gap-1.5 font-[550] text-state-failed">
            <Icon as={TriangleAlert} size={13} />
            {standing.names.join(", ")} failed
          </span>
        </Part>
      );
    case "open":
      return <Part onClick={open}>{standing.names.join(", ")} not run</Part>;
    case "stale":
      return <Part onClick={open}>gates ran on an older state</Part>;
    case "passed":
      return (
        <Part onClick={open}>
          <span className="flex items-center gap-1.5 whitespace-nowrap text-state-review">
            <Icon as={Check} size={13} />
            gates passed
            {commit ? (
              <>
                {" "}
                on <code className="text-code leading-4">{commit.slice(0, 6)}</code>
              </>
            ) : null}
            {at ? ` at ${formatWhen(at, nowMs)}` : ""}
          </span>
        </Part>
      );
  }
}

function Conflicts() {
  const { merge } = usePanel();
  const isConflict = merge.preview?.forecast === "conflict";
  if (isConflict) return <BaseConflict />;
  if (merge.collisions.length > 0) return <TaskCollision />;
  return merge.preview ? <span>no conflicts</span> : null;
}

function BaseConflict() {
  const { merge, onView } = usePanel();
  const paths = merge.preview?.conflicts.map((file) => file.path) ?? [];
  return (
    <Part onClick={() => onView({ tab: "overview", attempt: undefined })}>
      <ConflictText
        more={paths.length > 1 ? `+${paths.length - 1}` : ""}
        path={paths[0]}
        text={`conflicts with ${merge.base}${paths[0] ? " in" : ""}`}
        title={paths.join("\n")}
      />
    </Part>
  );
}

function TaskCollision() {
  const { merge, onOpen } = usePanel();
  const line = collisionLine(merge.collisions, merge.base);
  const number = merge.collisions[0]?.with_number;
  if (!line || number == null) return null;
  return (
    <Part onClick={() => onOpen(number)}>
      <ConflictText {...line} title={describeCollisions(merge.collisions, merge.base)} />
    </Part>
  );
}

type ConflictTextProps = { text: string; path: string | undefined; more: string; title: string };

function ConflictText({ text, path, more, title }: ConflictTextProps) {
  return (
    <span className="flex min-w-0 items-center gap-1.5 text-foreground" title={title}>
      <Icon as={GitPullRequestClosed} className="shrink-0 text-state-failed" size={13} />
      <span className="whitespace-nowrap">{text}</span>
      {path ? (
        <code className="min-w-0 truncate text-code leading-4">
          <PlainText text={path} />
        </code>
      ) : null}
      {more}
    </span>
  );
}

/** The gates on the merged tree, while the merge waits for them. */
function MergeRuns() {
  const { merge } = usePanel();
  const running = merge.runs.find((run) => run.kind === "merge" && run.state === "running");
  if (!merge.preview?.runs_gates) return null;
  return (
    <span className="text-state-running" role="status">
      {running?.started_at ? (
        <>
          running {running.name} on the merged tree <Elapsed since={running.started_at} />
        </>
      ) : (
        "running the gates on the merged tree…"
      )}
    </span>
  );
}
