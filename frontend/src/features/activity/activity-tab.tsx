import { Search } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Attempt } from "@/api/generated/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { LogList } from "./components/log-list";
import { LogSearchBar } from "./components/log-search";
import { type AskRow, withoutRepeats } from "./model";
import type { AttemptLogStore, LogSnapshot } from "./attempt-log-store";
import { useAttemptLog } from "./hooks/use-attempt-log";
import { useFindKey } from "./hooks/use-find-key";
import { useLogSearch } from "./hooks/use-log-search";

type ActivityTabProps = {
  attempt: Attempt;
  /** The event to show. */
  event: number | undefined;
  /** Why a queued attempt does not run yet. */
  waitsFor: string | undefined;
  onEvent: (seq: number) => void;
  /** The ask to show, by the id of its approval or question. */
  ask?: string | undefined;
  /** Whether the log is searched. */
  find: { isOpen: boolean; onChange: (isOpen: boolean) => void };
  /** What waits for a person, to be answered in place; none where it is answered elsewhere on the page. */
  renderAsk?: ((row: AskRow) => ReactNode) | undefined;
};

/** The log of one attempt, live. Give it the attempt's id as its key. */
export default function ActivityTab(props: ActivityTabProps) {
  const { store, log } = useAttemptLog(props.attempt.id, props.event);
  switch (log.phase.type) {
    case "loading":
      return <LogSkeleton />;
    case "failed":
      return (
        <Notice action={<Button onClick={store.retry}>Try again</Button>} isAlert title="The log could not be read">
          {log.phase.message}
        </Notice>
      );
    case "ready":
      return <ReadyLog {...props} log={{ ...log, rows: withoutRepeats(log.rows) }} store={store} />;
  }
}

type ReadyLogProps = ActivityTabProps & { store: AttemptLogStore; log: LogSnapshot };

function ReadyLog({ attempt, event, waitsFor, onEvent, ask, find, renderAsk, store, log }: ReadyLogProps) {
  const search = useLogSearch(log.rows);
  const [target, setTarget] = useState<{ key: string; ancestors: readonly string[] } | undefined>(
    event === undefined ? undefined : { key: String(event), ancestors: [] },
  );
  useFindKey(() => find.onChange(true));
  const close = () => {
    find.onChange(false);
    search.onQuery("");
  };
  return (
    <div className="relative flex h-full min-h-0 flex-col">
      {find.isOpen ? (
        <LogSearchBar
          hasEarlier={log.hasEarlier}
          isReadingEarlier={log.isReadingEarlier}
          onClose={close}
          onReadAll={() => void store.readAll()}
          onStep={(by) => setTarget(search.step(by))}
          search={search}
        />
      ) : (
        <Button
          aria-label="Find in the log"
          // On a phone it would lie over the rows; there the panel's menu has it.
          className="absolute top-1.5 right-3 z-10 bg-panel max-md:hidden"
          onClick={() => find.onChange(true)}
          size="icon-sm"
          title="Find in the log (Ctrl or ⌘ F)"
          variant="ghost"
        >
          <Icon as={Search} />
        </Button>
      )}
      <EarlierStrip log={log} onRetry={() => void store.retryEarlier()} />
      <LogList
        ask={ask}
        attempt={attempt}
        log={log}
        onEvent={onEvent}
        onNearStart={() => void store.readEarlier()}
        renderAsk={renderAsk}
        target={target}
        waitsFor={waitsFor}
      />
    </div>
  );
}

/** What goes on before the first row; it lies over the log, so that nothing moves. */
function EarlierStrip({ log, onRetry }: { log: LogSnapshot; onRetry: () => void }) {
  if (!log.isReadingEarlier && log.earlierError === undefined) return null;
  return (
    <div
      className="absolute top-0 left-1/2 z-10 flex h-7 -translate-x-1/2 animate-late items-center gap-2 rounded-b-md border border-t-0 bg-popover px-3 text-xs text-muted-foreground max-md:h-11"
      role="status"
    >
      {log.earlierError === undefined ? (
        "reading earlier entries…"
      ) : (
        <>
          <span className="max-w-80 truncate">Earlier entries: {log.earlierError}</span>
          <Button onClick={onRetry} size="sm" variant="ghost">
            Try again
          </Button>
        </>
      )}
    </div>
  );
}

const skeletonWidths = ["w-2/5", "w-1/5", "w-3/5", "w-1/2", "w-2/5", "w-1/3"];

function LogSkeleton() {
  return (
    <div aria-busy="true" aria-label="Reading the log" className="flex flex-col gap-5 py-4 pr-6 pl-26 max-md:pl-11">
      {skeletonWidths.map((width, index) => (
        <Skeleton className={width} key={index} />
      ))}
    </div>
  );
}
