import "@xterm/xterm/css/xterm.css";
import { ArrowDown, ArrowDownToLine, ArrowUpToLine, ChevronLeft, ChevronRight, type LucideIcon } from "lucide-react";
import { useRef } from "react";
import type { Attempt } from "@/api/generated/types";
import { Notice } from "@/components/notice";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Skeleton } from "@/components/ui/skeleton";
import { useRawStream } from "./hooks/use-raw-stream";
import { describePart, isAtEnd } from "./model";
import type { RawState } from "./raw-reader";

/** What the agent's program wrote, as it came. Give it the attempt's id as its key. */
export default function TerminalTab({ attempt }: { attempt: Attempt }) {
  const element = useRef<HTMLDivElement>(null);
  const stream = useRawStream(element, attempt);
  const isEmpty = stream.state.type === "shown" && stream.state.total === 0;
  const isReady = stream.state.type === "shown" && !isEmpty;
  return (
    <div className="relative flex h-full min-h-0 flex-col">
      <PartBar {...stream} />
      <div className="min-h-0 flex-1 bg-inset py-2 pr-1 pl-6 max-md:pl-4 in-data-full:pl-4">
        <div
          aria-label={`Raw stream of attempt ${attempt.number}`}
          className="h-full w-full overflow-hidden tracking-normal outline-offset-2 [font-variant-ligatures:none] [text-rendering:auto]"
          ref={element}
          role="document"
          // The stream is scrolled by keys.
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
          tabIndex={0}
        />
      </div>
      {isReady ? null : (
        <div className="absolute inset-0 bg-panel in-data-full:bg-panel-full">
          <Substitute
            attempt={attempt}
            isEmpty={isEmpty}
            isLive={stream.isLive}
            onRetry={() => stream.show("end")}
            state={stream.state}
          />
        </div>
      )}
      {isReady && !stream.isAtEnd ? (
        <button
          className="absolute right-6 bottom-3 flex h-7 items-center gap-1 rounded-md border border-border-strong bg-popover px-2.5 text-xs font-medium text-muted-foreground hover:bg-accent hover:text-foreground max-md:h-11"
          onClick={stream.toEnd}
          type="button"
        >
          <Icon as={ArrowDown} size={12} />
          To the end
        </button>
      ) : null}
    </div>
  );
}

type SubstituteProps = { attempt: Attempt; state: RawState; isEmpty: boolean; isLive: boolean; onRetry: () => void };

/** What stands where there is no stream to show. */
function Substitute({ attempt, state, isEmpty, isLive, onRetry }: SubstituteProps) {
  if (state.type === "failed") {
    return (
      <Notice action={<Button onClick={onRetry}>Try again</Button>} isAlert title="The raw stream could not be read">
        {state.message}
      </Notice>
    );
  }
  if (state.type === "loading") return <Skeleton className="m-6 w-2/5" />;
  if (!isEmpty) return null;
  if (attempt.state === "queued") return <Notice title="The agent was not started yet">The attempt is queued.</Notice>;
  return (
    <Notice title={isLive ? "Nothing was written yet" : "The agent wrote nothing"}>
      What the agent's program writes appears here, as it comes.
    </Notice>
  );
}

type PartBarProps = ReturnType<typeof useRawStream>;

/** Which part of a long stream is shown, and the ways to the others. */
function PartBar({ state, isLive, show }: PartBarProps) {
  if (state.type !== "shown" || state.total === 0) return null;
  const isStart = state.part.from === 0;
  const isEnd = isAtEnd(state.part, state.total);
  return (
    <div className="flex h-9 shrink-0 items-center gap-1 border-b px-6 text-xs text-muted-foreground tabular-nums max-md:h-13 max-md:px-4 in-data-full:px-4">
      <span className="min-w-0 flex-1 truncate">
        {describePart(state.part, state.total)}
        {isLive && state.isFollowing ? " · live" : ""}
      </span>
      {isStart && isEnd ? null : (
        <>
          <Way as={ArrowUpToLine} isOff={isStart} label="From the start" onClick={() => show("start")} />
          <Way as={ChevronLeft} isOff={isStart} label="Earlier part" onClick={() => show("before")} />
          <Way as={ChevronRight} isOff={isEnd} label="Later part" onClick={() => show("after")} />
          <Way as={ArrowDownToLine} isOff={isEnd} label="The end" onClick={() => show("end")} />
        </>
      )}
    </div>
  );
}

type WayProps = { as: LucideIcon; label: string; isOff: boolean; onClick: () => void };

function Way({ as, label, isOff, onClick }: WayProps) {
  return (
    <Button aria-label={label} disabled={isOff} onClick={onClick} size="sm" title={label} variant="ghost">
      <Icon as={as} />
      <span className="max-md:hidden">{label}</span>
    </Button>
  );
}
