import { Columns2, Files, Pilcrow, RefreshCw, Rows2 } from "lucide-react";
import { Changes } from "@/components/changes";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { Segmented } from "@/components/ui/segmented";
import { formatCount } from "@/lib/format";
import type { AttemptDiff } from "@/api/generated/types";
import type { useDiffChoices } from "../hooks/use-diff-choices";

type DiffBarProps = {
  diff: AttemptDiff;
  isRefreshing: boolean;
  onRefresh: () => void;
  choices: ReturnType<typeof useDiffChoices>;
  /** Opens the tree where it has no room of its own. */
  onTree: (() => void) | undefined;
};

const modes = [
  { value: "unified", label: <ModeLabel as={Rows2} text="Unified" /> },
  { value: "split", label: <ModeLabel as={Columns2} text="Split" /> },
] as const;

/** What is compared, and how it is shown. */
export function DiffBar({ diff, isRefreshing, onRefresh, choices, onTree }: DiffBarProps) {
  const additions = diff.files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = diff.files.reduce((sum, file) => sum + file.deletions, 0);
  const count = formatCount(diff.files.length, "file");
  return (
    <div className="flex h-11 shrink-0 items-center gap-2 border-b pr-4 pl-6 text-xs text-muted-foreground max-md:h-13 max-md:pr-2 max-md:pl-4 in-data-full:pl-4">
      {onTree ? (
        <Button onClick={onTree} size="sm">
          <Icon as={Files} />
          {count}
        </Button>
      ) : (
        <span className="whitespace-nowrap tabular-nums">{count}</span>
      )}
      <Changes additions={additions} deletions={deletions} />
      {diff.is_live ? <LiveMark isRefreshing={isRefreshing} onRefresh={onRefresh} /> : null}
      <span className="flex-1" />
      <Button
        aria-label={choices.hidesWhitespace ? "Whitespace hidden" : "Whitespace shown"}
        onClick={() => choices.setHidesWhitespace(!choices.hidesWhitespace)}
        size="sm"
        variant="ghost"
      >
        <Icon as={Pilcrow} />
        <span className="max-md:hidden">{choices.hidesWhitespace ? "Whitespace hidden" : "Whitespace shown"}</span>
      </Button>
      {choices.canSplit ? (
        <Segmented
          className="self-center"
          label="Layout"
          onChange={choices.chooseMode}
          options={modes}
          value={choices.mode}
        />
      ) : null}
    </div>
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
