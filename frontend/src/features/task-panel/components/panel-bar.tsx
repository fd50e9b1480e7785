import { ArrowDown, ArrowUp, ChevronLeft, Link, Maximize2, PanelRight, X } from "lucide-react";
import { useState } from "react";
import { Elapsed } from "@/components/elapsed";
import { StateGlyph } from "@/components/state-glyph";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Pill } from "@/components/ui/pill";
import { Tooltip } from "@/components/ui/tooltip";
import { useIsNarrow } from "@/lib/use-media";
import { cardState } from "@/lib/task-state";
import { usePanel } from "../hooks/use-panel";
import { pillNames, pillTones } from "../words";
import { PanelMenu } from "./panel-menu";

/** Number, state, and the ways around: 44 px. */
export function PanelBar() {
  const panel = usePanel();
  const isNarrow = useIsNarrow();
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 pr-3 pl-6 max-md:h-13 max-md:px-2 in-data-full:pl-4">
      {isNarrow || panel.view.full ? <BackButton /> : null}
      {panel.view.full && !isNarrow ? (
        <span className="flex min-w-0 items-center gap-2 text-muted-foreground">
          <span className="truncate">{panel.project.name}</span>
          <span className="text-faint-foreground">/</span>
        </span>
      ) : null}
      <span className="flex items-center gap-0.5 font-medium text-muted-foreground">
        #{panel.task.number}
        {isNarrow ? null : <CopyLink />}
      </span>
      <StatePill />
      <span className="flex-1" />
      {isNarrow ? <PanelMenu /> : <Ways />}
    </div>
  );
}

function BackButton() {
  const { onClose } = usePanel();
  return (
    <Button aria-label="Back to the board" onClick={onClose} size="icon-sm" variant="ghost">
      <Icon as={ChevronLeft} size={18} />
    </Button>
  );
}

function CopyLink() {
  const [isCopied, setIsCopied] = useState(false);
  const copy = () => {
    void navigator.clipboard.writeText(location.href).then(() => setIsCopied(true));
  };
  return (
    <Tooltip label={isCopied ? "Copied" : "Copy link"}>
      <Button aria-label="Copy link" onBlur={() => setIsCopied(false)} onClick={copy} size="icon-sm" variant="ghost">
        <Icon as={Link} size={13} />
      </Button>
    </Tooltip>
  );
}

function StatePill() {
  const { task, blockers } = usePanel();
  const state = cardState(task, blockers.length > 0);
  const since = task.live_attempt?.started_at;
  return (
    <Pill tone={pillTones[state]}>
      <StateGlyph decorative state={state} />
      {nameOf(state, task.last_attempt?.state)}
      {state === "running" && since ? <Elapsed since={since} /> : null}
    </Pill>
  );
}

function nameOf(state: keyof typeof pillNames, last: string | undefined): string {
  if (state === "done" && last === "merged") return "Merged";
  if (state === "done" && last === "review_ready") return "Approved";
  return pillNames[state];
}

function Ways() {
  const { view, onStep, onView, onClose } = usePanel();
  return (
    <>
      <Tooltip label="Card above">
        <Button aria-label="Card above" onClick={() => onStep("previous")} size="icon-sm" variant="ghost">
          <Icon as={ArrowUp} />
        </Button>
      </Tooltip>
      <Tooltip label="Card below">
        <Button aria-label="Card below" className="-ml-1" onClick={() => onStep("next")} size="icon-sm" variant="ghost">
          <Icon as={ArrowDown} />
        </Button>
      </Tooltip>
      <span aria-hidden className="mx-1 h-4 w-px bg-border-strong" />
      <Tooltip label={view.full ? "Show beside the board" : "Full page"}>
        <Button
          aria-label={view.full ? "Show beside the board" : "Full page"}
          onClick={() => onView({ full: view.full ? undefined : true })}
          size="icon-sm"
          variant="ghost"
        >
          <Icon as={view.full ? PanelRight : Maximize2} />
        </Button>
      </Tooltip>
      <PanelMenu />
      <Tooltip keys="Esc" label="Close">
        <Button aria-label="Close" onClick={onClose} size="icon-sm" variant="ghost">
          <Icon as={X} size={16} />
        </Button>
      </Tooltip>
    </>
  );
}
