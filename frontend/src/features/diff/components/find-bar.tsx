import { ChevronDown, ChevronUp, type LucideIcon, X } from "lucide-react";
import type { KeyboardEvent } from "react";
import { Button } from "@/components/ui/button";
import { Input } from "@/components/ui/field";
import { Icon } from "@/components/ui/icon";
import type { useFind } from "../hooks/use-find";

type FindBarProps = { find: ReturnType<typeof useFind>; read: number; files: number; onClose: () => void };

/** Finds a text in the paths and in the lines that were read. */
export function FindBar({ find, read, files, onClose }: FindBarProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") find.step(event.shiftKey ? -1 : 1);
    if (event.key === "Escape") {
      event.stopPropagation();
      onClose();
    }
  };
  return (
    <div className="flex h-10 shrink-0 items-center gap-2 border-b bg-panel px-2 text-xs text-muted-foreground in-data-full:bg-panel-full max-md:h-13">
      <Input
        aria-label="Find in the diff"
        // Whoever asks for it wants to type.
        // oxlint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        className="max-w-80 flex-1"
        onChange={(event) => find.setQuery(event.target.value)}
        onKeyDown={onKeyDown}
        placeholder="Find in the diff"
        type="search"
        value={find.query}
      />
      <span aria-live="polite" className="whitespace-nowrap tabular-nums">
        {find.words}
      </span>
      <StepButton as={ChevronUp} find={find} by={-1} label="Previous match" />
      <StepButton as={ChevronDown} find={find} by={1} label="Next match" />
      <span className="min-w-0 flex-1 truncate text-right max-md:hidden">
        {read < files ? `in the paths of ${files} files and the lines of the ${read} read so far` : ""}
      </span>
      <Button aria-label="Close the search" onClick={onClose} size="icon-sm" variant="ghost">
        <Icon as={X} />
      </Button>
    </div>
  );
}

type StepButtonProps = { as: LucideIcon; find: FindBarProps["find"]; by: 1 | -1; label: string };

function StepButton({ as, find, by, label }: StepButtonProps) {
  return (
    <Button aria-label={label} disabled={find.count === 0} onClick={() => find.step(by)} size="icon-sm" variant="ghost">
      <Icon as={as} />
    </Button>
  );
}
