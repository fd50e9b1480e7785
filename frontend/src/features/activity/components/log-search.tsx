import { ChevronDown, ChevronUp, type LucideIcon, Search, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Button } from "@/components/ui/button";
import { Icon } from "@/components/ui/icon";
import { formatCount } from "@/lib/format";
import type { LogSearch } from "../hooks/use-log-search";

type LogSearchBarProps = {
  search: LogSearch;
  hasEarlier: boolean;
  isReadingEarlier: boolean;
  onStep: (by: 1 | -1) => void;
  onReadAll: () => void;
  onClose: () => void;
};

/** The search of the log, over what is loaded; it says so where earlier entries are not. */
export function LogSearchBar({ search, hasEarlier, isReadingEarlier, onStep, onReadAll, onClose }: LogSearchBarProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") onStep(event.shiftKey ? 1 : -1);
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    onClose();
  };
  return (
    <search className="flex h-9 shrink-0 items-center gap-2 border-b px-4 text-xs text-muted-foreground max-md:h-13">
      <Icon as={Search} />
      <input
        aria-label="Find in the log"
        // The field appears because the user asked to type in it.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        className="h-7 min-w-0 flex-1 bg-transparent text-sm text-foreground outline-none max-md:h-11 max-md:text-base"
        onChange={(event) => search.onQuery(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="Find in the log"
        type="search"
        value={search.query}
      />
      <span className="whitespace-nowrap tabular-nums" role="status">
        {describe(search)}
      </span>
      {hasEarlier && search.query !== "" ? (
        <Button disabled={isReadingEarlier} onClick={onReadAll} size="sm" variant="ghost">
          {isReadingEarlier ? "reading…" : "Search older entries too"}
        </Button>
      ) : null}
      <StepButton as={ChevronUp} isOff={search.hits.length === 0} label="Hit before" onClick={() => onStep(-1)} />
      <StepButton as={ChevronDown} isOff={search.hits.length === 0} label="Hit after" onClick={() => onStep(1)} />
      <Button aria-label="Close the search" onClick={onClose} size="icon-sm" variant="ghost">
        <Icon as={X} />
      </Button>
    </search>
  );
}

type StepButtonProps = { as: LucideIcon; label: string; isOff: boolean; onClick: () => void };

function StepButton({ as, label, isOff, onClick }: StepButtonProps) {
  return (
    <Button aria-label={label} disabled={isOff} onClick={onClick} size="icon-sm" variant="ghost">
      <Icon as={as} />
    </Button>
  );
}

function describe(search: LogSearch): string {
  if (search.query.trim() === "") return "";
  if (search.hits.length === 0) return "nothing found";
  if (search.position === 0) return `${formatCount(search.hits.length, "row")}`;
  return `${search.position} of ${search.hits.length.toLocaleString("en")}`;
}
