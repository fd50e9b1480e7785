import { Columns2, Files, Pilcrow, RefreshCw, Rows2, Search } from "lucide-react";
import type { DiffFile, DiffScope } from "@/api/generated/types";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { Segmented } from "@/components/ui/segmented";
import { cn } from "@/lib/cn";
import { formatCount } from "@/lib/format";
import type { DiffMode } from "../rows";
import type { ScopeChoice } from "../scopes";
import { ScopeSwitch } from "./scope-switch";

export type DiffBarProps = {
  width: number;
  files: readonly DiffFile[] | undefined;
  scope: DiffScope;
  choices: readonly ScopeChoice[];
  onScope: (scope: DiffScope) => void;
  live: { isLive: boolean; isRefreshing: boolean; onRefresh: () => void };
  whitespace: { isHidden: boolean; onToggle: () => void };
  mode: { value: DiffMode; canSplit: boolean; onChange: (mode: DiffMode) => void };
  onFind: () => void;
  /** Opens the tree where it has no room of its own. */
  onTree: (() => void) | undefined;
};

const modes = [
  { value: "unified", label: <ModeLabel as={Rows2} text="Unified" /> },
  { value: "split", label: <ModeLabel as={Columns2} text="Split" /> },
] as const;
const wordsNeed = 1020;
const barNeeds = 760;

/** What is compared, how far the review is, and how it is shown. */
export function DiffBar({ width, files, live, mode, onTree, ...bar }: DiffBarProps) {
  const hasWords = width >= wordsNeed;
  const isSmall = width < barNeeds;
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-b pr-4 pl-2 text-xs text-muted-foreground max-md:h-13 max-md:pr-1">
      {onTree && files ? (
        <Button onClick={onTree} size="sm">
          <Icon as={Files} />
          {isSmall ? files.length : formatCount(files.length, "file")}
          {isSmall ? <span className="sr-only">files</span> : null}
        </Button>
      ) : null}
      <ScopeSwitch choices={bar.choices} isSmall={isSmall} onScope={bar.onScope} scope={bar.scope} />
      {live.isLive ? <LiveMark isRefreshing={live.isRefreshing} onRefresh={live.onRefresh} /> : null}
      <span className="flex-1" />
      {files && files.length > 0 ? <Progress files={files} hasWords={!isSmall} /> : null}
      <span className="mx-1 h-4 w-px bg-border max-md:hidden" />
      <BarTools hasWords={hasWords} onFind={bar.onFind} whitespace={bar.whitespace} />
      {mode.canSplit ? (
        <Segmented className="self-center" label="Layout" onChange={mode.onChange} options={modes} value={mode.value} />
      ) : null}
    </div>
  );
}

type BarToolsProps = Pick<DiffBarProps, "whitespace" | "onFind"> & { hasWords: boolean };

function BarTools({ whitespace, onFind, hasWords }: BarToolsProps) {
  const whitespaceWords = whitespace.isHidden ? "Whitespace hidden" : "Whitespace shown";
  return (
    <>
      <Button
        aria-label={hasWords ? undefined : "Find"}
        onClick={onFind}
        size="sm"
        title="Find in the diff (⌘F)"
        variant="ghost"
      >
        <Icon as={Search} />
        {hasWords ? (
          <>
            Find<Kbd>⌘F</Kbd>
          </>
        ) : null}
      </Button>
      <Button
        aria-label={whitespaceWords}
        aria-pressed={whitespace.isHidden}
        className={cn(whitespace.isHidden && "text-foreground")}
        onClick={whitespace.onToggle}
        size="sm"
        title={whitespaceWords}
        variant="ghost"
      >
        <Icon as={Pilcrow} />
        {hasWords ? whitespaceWords : null}
      </Button>
    </>
  );
}

/** How many files were seen. */
function Progress({ files, hasWords }: { files: readonly DiffFile[]; hasWords: boolean }) {
  const seen = files.filter((file) => file.is_viewed).length;
  return (
    <span className="flex items-center gap-2 whitespace-nowrap tabular-nums">
      <span>
        {hasWords ? `${seen} of ${files.length} viewed` : `${seen}/${files.length}`}
        {hasWords ? null : <span className="sr-only"> viewed</span>}
      </span>
      <span aria-hidden className="h-1 w-16 overflow-hidden rounded-full bg-border-strong max-md:hidden">
        <span
          className="block h-full bg-state-review"
          style={{ width: `${(seen / Math.max(1, files.length)) * 100}%` }}
        />
      </span>
    </span>
  );
}

function ModeLabel({ as, text }: { as: typeof Rows2; text: string }) {
  return (
    <>
      <Icon as={as} />
      {text}
    </>
  );
}

function LiveMark({ isRefreshing, onRefresh }: { isRefreshing: boolean; onRefresh: () => void }) {
  return (
    <>
      <span className="ml-2 whitespace-nowrap text-state-running" title="with work that is not committed yet">
        live
      </span>
      <Button
        aria-label="Refresh"
        disabled={isRefreshing}
        onClick={onRefresh}
        size="icon-sm"
        title="Refresh"
        variant="ghost"
      >
        <Icon as={RefreshCw} size={13} />
      </Button>
    </>
  );
}
