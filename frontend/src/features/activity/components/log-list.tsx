import { ArrowDown, Brain, MessageSquare, RotateCcw } from "lucide-react";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import { VList, type VListHandle } from "virtua";
import type { Partial as PartialText } from "@/api/attempt-stream";
import type { Activity, Attempt } from "@/api/generated/types";
import { Elapsed } from "@/components/elapsed";
import { Markdown } from "@/components/markdown";
import { Notice } from "@/components/notice";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { cn } from "@/lib/cn";
import type { LogSnapshot } from "../attempt-log-store";
import { useFolds } from "../hooks/use-folds";
import { useTail } from "../hooks/use-tail";
import { openRows, type Row, waitingCalls } from "../model";
import { EventRow } from "./event-row";
import { type LogContext, LogScope } from "./log-row";

type Target = { key: string; ancestors: readonly string[] };

type LogListProps = {
  attempt: Attempt;
  log: LogSnapshot;
  waitsFor: string | undefined;
  /** The row to show. */
  target: Target | undefined;
  /** The ask to show, while it waits. */
  ask: string | undefined;
  renderAsk: LogContext["renderAsk"];
  onNearStart: () => void;
  onEvent: (seq: number) => void;
};

type Item = { type: "row"; row: Row } | { type: "partial"; partial: PartialText } | { type: "foot" };

/** What the rows need to know. */
function scopeOf(
  { attempt, onEvent, renderAsk }: LogListProps,
  { choices, choose }: Folds,
): Omit<LogContext, "waiting"> {
  return {
    worktree: attempt.worktree_path,
    isLive: liveStates.has(attempt.state),
    isOpen: (row, byDefault) => choices.get(row.key) ?? byDefault,
    onToggle: (row, isOpen) => choose([row.key], isOpen),
    onLink: onEvent,
    renderAsk,
  };
}

type Folds = ReturnType<typeof useFolds>;

const liveStates = new Set<Attempt["state"]>(["preparing", "running", "waiting", "gates"]);

/** The rows, drawn only where they are seen. */
export function LogList(props: LogListProps) {
  const { attempt, log, target } = props;
  const waitsFor = props.waitsFor ?? waitsForAnswer(attempt, log.rows);
  const list = useRef<VListHandle>(null);
  const box = useRef<HTMLDivElement>(null);
  const folds = useFolds();
  const { choices, choose } = folds;
  const rows = useMemo(() => openRows(log.rows, (key) => choices.get(key) ?? false), [log.rows, choices]);
  const items = useMemo(() => itemsOf(rows, log.partial), [rows, log.partial]);
  const waiting = useMemo(() => waitingCalls(log.rows), [log.rows]);
  const tail = useTail({ box, rows: log.rows, revision: items, onNearStart: props.onNearStart });
  useTarget(list, rows, target, choose, tail.leave);
  useAskTarget(box, props.ask);
  if (log.rows.length === 0 && !log.partial) return <EmptyLog attempt={attempt} waitsFor={waitsFor} />;
  return (
    <LogScope value={{ ...scopeOf(props, folds), waiting }}>
      <div className="min-h-0 flex-1" ref={box}>
        <VList
          aria-label={`Log of attempt ${attempt.number}`}
          aria-live="off"
          className="pt-1 outline-none"
          data={items}
          {...tail.gestures}
          keepMounted={pendingPlaces(rows)}
          onResize={tail.onResize}
          onScroll={tail.onScroll}
          ref={list}
          role="log"
          shift={log.grew === "start"}
          tabIndex={0}
        >
          {(item) => (
            <LogItem
              activity={untoldActivity(attempt, log)}
              isTarget={item.type === "row" && item.row.key === target?.key}
              item={item}
              key={keyOf(item)}
              log={log}
              waitsFor={waitsFor}
            />
          )}
        </VList>
      </div>
      {tail.isFollowing ? null : <ToEnd onClick={tail.follow} unseen={tail.unseen} />}
    </LogScope>
  );
}

function waitsForAnswer(attempt: Attempt, rows: readonly Row[]): string | undefined {
  const isAsking =
    attempt.state === "waiting" && rows.some((row) => row.type === "approval" && row.state === "pending");
  return isAsking ? "The agent waits for your answer. There is no time-out." : undefined;
}

/** A reason that is being written must survive a look at what went before. */
function pendingPlaces(rows: readonly Row[]): number[] {
  const places: number[] = [];
  for (const [index, row] of rows.entries()) {
    if ("state" in row && row.state === "pending") places.push(index);
  }
  return places;
}

/** Brings what waits into view; it stays drawn wherever the log is scrolled to. */
function useAskTarget(box: RefObject<HTMLElement | null>, ask: string | undefined): void {
  const shown = useRef<string>(undefined);
  useEffect(() => {
    if (ask === undefined || shown.current === ask) return;
    const cards = box.current?.querySelectorAll<HTMLElement>("[data-ask]") ?? [];
    const card = [...cards].find((candidate) => candidate.dataset["ask"] === ask);
    if (!card) return;
    shown.current = ask;
    card.scrollIntoView({ block: "nearest" });
  });
}

function itemsOf(rows: readonly Row[], partial: PartialText | undefined): Item[] {
  const items: Item[] = rows.map((row) => ({ type: "row", row }));
  if (partial && partial.text !== "") items.push({ type: "partial", partial });
  items.push({ type: "foot" });
  return items;
}

function keyOf(item: Item): string {
  return item.type === "row" ? item.row.key : item.type;
}

/** Brings a row into view once it is there; a link may name one that is still being read. */
function useTarget(
  list: RefObject<VListHandle | null>,
  rows: readonly Row[],
  target: Target | undefined,
  choose: (keys: readonly string[], isOpen: boolean) => void,
  leave: () => void,
): void {
  const shown = useRef<Target>(undefined);
  useEffect(() => {
    if (target === undefined || shown.current === target) return;
    if (target.ancestors.length > 0 && !rows.some((row) => row.key === target.key))
      return choose(target.ancestors, true);
    const index = rows.findIndex((row) => row.key === target.key);
    if (index === -1) return;
    shown.current = target;
    leave();
    list.current?.scrollToIndex(index, { align: "center" });
  }, [list, rows, target, choose, leave]);
}

type LogItemProps = FootProps & { item: Item; isTarget: boolean };

function LogItem({ item, log, isTarget, activity, waitsFor }: LogItemProps) {
  switch (item.type) {
    case "row":
      return (
        <div className={cn(isTarget && "bg-selected")}>
          <EventRow row={item.row} />
        </div>
      );
    case "partial":
      return <PartialRow partial={item.partial} />;
    case "foot":
      return <Foot activity={activity} log={log} waitsFor={waitsFor} />;
  }
}

/** What the agent is writing right now. */
function PartialRow({ partial }: { partial: PartialText }) {
  return (
    <div className="grid grid-cols-[72px_20px_minmax(0,1fr)] gap-x-2 pr-6 max-md:grid-cols-[20px_minmax(0,1fr)] max-md:px-4">
      <span className="pr-1 text-right text-2xs leading-7 text-state-running max-md:hidden">now</span>
      <span className="flex justify-center pt-1.75 text-state-running">
        <Icon as={partial.isThinking ? Brain : MessageSquare} />
      </span>
      <Markdown
        className={cn("max-w-[680px] pt-1 pb-2 max-md:text-base", partial.isThinking && "text-muted-foreground")}
        text={partial.text}
      />
    </div>
  );
}

type FootProps = { log: LogSnapshot; activity: Activity | undefined; waitsFor: string | undefined };

/** What is awaited, at the end of the log. */
function Foot({ log, activity, waitsFor }: FootProps) {
  return (
    <div className="flex min-h-7 min-w-0 items-center gap-1.5 pr-6 pl-27 text-xs text-faint-foreground max-md:pr-4 max-md:pl-11">
      {log.connection === "down" ? (
        <>
          <Icon as={RotateCcw} size={12} />
          reconnecting… the log goes on where it stopped
        </>
      ) : activity ? (
        <Doing activity={activity} />
      ) : (
        waitsFor
      )}
    </div>
  );
}

function Doing({ activity }: { activity: Activity }) {
  return (
    <>
      <span className="shrink-0">{activity.verb}</span>
      {activity.object ? (
        <code className="truncate text-code">
          <PlainText text={activity.object} />
        </code>
      ) : null}
      <span className="shrink-0 tabular-nums">
        <Elapsed since={activity.since} />
      </span>
    </>
  );
}

/** What the agent does, unless a row tells it already: text being written, or a tool at work. */
function untoldActivity(attempt: Attempt, log: LogSnapshot): Activity | undefined {
  const last = log.rows.at(-1);
  if (attempt.state === "waiting") return undefined;
  const isTold = (log.partial?.text ?? "") !== "" || (last?.type === "tool" && last.result === undefined);
  return attempt.activity === null || isTold || !liveStates.has(attempt.state) ? undefined : attempt.activity;
}

function ToEnd({ unseen, onClick }: { unseen: number; onClick: () => void }) {
  return (
    <button
      className="absolute right-6 bottom-3 flex h-7 items-center gap-1 rounded-md border border-border-strong bg-popover px-2.5 text-xs font-medium text-muted-foreground tabular-nums hover:bg-accent hover:text-foreground max-md:h-11"
      onClick={onClick}
      type="button"
    >
      <Icon as={ArrowDown} size={12} />
      {unseen > 0 ? `${unseen.toLocaleString("en")} new` : "To the end"}
    </button>
  );
}

function EmptyLog({ attempt, waitsFor }: { attempt: Attempt; waitsFor: string | undefined }) {
  if (attempt.state === "queued") {
    return (
      <Notice title={`Attempt ${attempt.number} is queued`}>{waitsFor ?? "It runs as soon as a slot is free."}</Notice>
    );
  }
  return <Notice title="Nothing was logged yet">What the agent says and does appears here as it happens.</Notice>;
}
