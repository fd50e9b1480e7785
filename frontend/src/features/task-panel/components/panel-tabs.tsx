import { Suspense } from "react";
import { startTask } from "@/api/tasks";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Skeleton } from "@/components/ui/skeleton";
import { Tabs, TabsContent, TabsList, TabsTrigger } from "@/components/ui/tabs";
import { errorMessage } from "@/api/errors";
import { usePanel } from "../hooks/use-panel";
import type { TaskTab } from "../task-panel";
import { ConfigStrip } from "./config-changes";
import { Overview } from "./overview";
import { PanelPartBoundary } from "./part-boundary";

const tabNames: Record<TaskTab, string> = {
  overview: "Overview",
  activity: "Activity",
  diff: "Diff",
  gates: "Gates",
  terminal: "Terminal",
};

/** What a tab is opened without: where something else in it was shown. */
const elsewhere = { event: undefined, ask: undefined, file: undefined, from: undefined, to: undefined };

/** The tabs; each fails and loads alone. */
export function PanelTabs() {
  const { task, tab, attempt, onView } = usePanel();
  const isWaiting = task.pending_approvals + task.pending_questions > 0;
  const choose = (value: string) => {
    if (isTab(value)) onView({ tab: value, ...elsewhere });
  };
  return (
    <Tabs className="flex min-h-0 flex-1 flex-col" onValueChange={choose} value={tab}>
      <TabsList className="in-data-full:px-2 max-md:px-2">
        <TabsTrigger value="overview">Overview</TabsTrigger>
        <TabsTrigger value="activity">
          Activity
          {isWaiting ? (
            <span
              aria-label="waits for you"
              className="size-1.5 rounded-full bg-needs-you-mark"
              role="img"
              title="Something here waits for you"
            />
          ) : null}
        </TabsTrigger>
        <TabsTrigger value="diff">
          Diff
          {attempt?.files_changed != null ? (
            <span className="text-xs font-[450] text-faint-foreground tabular-nums">{attempt.files_changed}</span>
          ) : null}
        </TabsTrigger>
        <TabsTrigger value="gates">
          Gates
          {attempt && attempt.gates.length > 0 ? (
            <span className="text-xs font-[450] text-faint-foreground tabular-nums">{attempt.gates.length}</span>
          ) : null}
        </TabsTrigger>
        <TabsTrigger value="terminal">Terminal</TabsTrigger>
      </TabsList>
      <TabsContent className="flex flex-col overflow-hidden" key={tab} value={tab}>
        <PanelPartBoundary key={`${tab} ${attempt?.id}`} name={tabNames[tab]}>
          {tab === "overview" ? <Overview /> : <AttemptTab tab={tab} />}
        </PanelPartBoundary>
      </TabsContent>
    </Tabs>
  );
}

function isTab(value: string): value is TaskTab {
  return value in tabNames;
}

function AttemptTab({ tab }: { tab: Exclude<TaskTab, "overview"> }) {
  const { tabs, attempt, attempts, view, find, onView, setDialog } = usePanel();
  const waitsFor = useWaitsFor();
  if (attempt) {
    return (
      <Suspense fallback={<TabSkeleton />}>
        {tab === "diff" ? <ConfigStrip /> : null}
        <div className="min-h-0 flex-1" key={attempt.id}>
          {tabs[tab]({ attempt, view, waitsFor, find, onView, onDiscard: () => setDialog("discard") })}
        </div>
      </Suspense>
    );
  }
  if (attempts.isError) {
    return (
      <Notice
        action={<Button onClick={() => void attempts.refetch()}>Try again</Button>}
        isAlert
        title="The attempts could not be read"
      >
        {errorMessage(attempts.error)}
      </Notice>
    );
  }
  return attempts.data === undefined ? <TabSkeleton /> : <NotRun />;
}

/** Why a queued attempt waits. */
function useWaitsFor(): string | undefined {
  const { blockers, attempt, project } = usePanel();
  if (attempt?.state !== "queued") return undefined;
  if (blockers.length === 0)
    return `It runs next when one of the project's ${project.settings.max_parallel} slots is free.`;
  return `It waits for ${blockers.map((other) => `#${other.number}`).join(", ")}, which must be done first.`;
}

function NotRun() {
  const { task, action, run } = usePanel();
  const start = () => run(`#${task.number} was not started`, () => startTask(task.id));
  return (
    <Notice
      action={
        task.allowed_actions.includes("start") ? (
          <Button disabled={action.type === "running"} onClick={start}>
            Run
          </Button>
        ) : null
      }
      title="This task was not run yet"
    >
      Its first attempt shows here what the agent does.
    </Notice>
  );
}

function TabSkeleton() {
  return (
    <div aria-busy="true" className="flex flex-col gap-5 p-6 max-md:p-4">
      <Skeleton className="w-2/5" />
      <Skeleton className="w-3/5" />
      <Skeleton className="w-1/2" />
    </div>
  );
}
