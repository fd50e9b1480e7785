import { ArrowDownFromLine, ArrowUpFromLine, type LucideIcon, UnfoldVertical } from "lucide-react";
import { PlainText } from "@/components/plain-text";
import { Icon } from "@/components/ui/icon";
import { formatCount } from "@/lib/format";
import type { FileLines } from "../file-lines";
import { unfoldStep } from "../gaps";
import { useLineScope } from "../hooks/use-line-scope";
import type { UnfoldPart } from "../hooks/use-unfolds";
import type { HiddenLines } from "../rows";

type HunkRowProps = { text: string; hidden: HiddenLines | undefined; lines: FileLines };

/** A hunk's header, with what brings the lines before it to light. */
export function HunkRow({ text, hidden, lines }: HunkRowProps) {
  return (
    <div className="flex h-6 bg-diff-hunk font-mono text-2xs leading-6 tracking-normal text-faint-foreground">
      <span className="flex w-16 shrink-0 justify-center">
        {hidden ? <UnfoldButtons hidden={hidden} lines={lines} /> : null}
      </span>
      <span className="min-w-0 truncate">
        <PlainText text={text} />
        {text === "" && hidden ? "the lines that follow did not change" : ""}
      </span>
    </div>
  );
}

function UnfoldButtons({ hidden, lines }: { hidden: HiddenLines; lines: FileLines }) {
  const { count, canHead, canTail } = hidden;
  const isShort = count !== undefined && count <= unfoldStep;
  if (isShort) {
    const label = `Show ${formatCount(count, "unchanged line")}`;
    return <UnfoldButton as={UnfoldVertical} hidden={hidden} label={label} lines={lines} part="all" />;
  }
  return (
    <>
      {canHead ? (
        <UnfoldButton as={ArrowDownFromLine} hidden={hidden} label="Show lines below" lines={lines} part="head" />
      ) : null}
      {canTail ? (
        <UnfoldButton as={ArrowUpFromLine} hidden={hidden} label="Show lines above" lines={lines} part="tail" />
      ) : null}
    </>
  );
}

type UnfoldButtonProps = { as: LucideIcon; hidden: HiddenLines; label: string; lines: FileLines; part: UnfoldPart };

function UnfoldButton({ as, hidden, label, lines, part }: UnfoldButtonProps) {
  const { onUnfold } = useLineScope();
  const rest = hidden.count === undefined ? "" : ` (${formatCount(hidden.count, "unchanged line")} here)`;
  return (
    <button
      aria-label={label}
      className="inline-flex h-6 w-7 items-center justify-center hover:bg-accent hover:text-foreground focus-visible:-outline-offset-2"
      onClick={() => onUnfold(lines, hidden.gap, part)}
      title={label + rest}
      type="button"
    >
      <Icon as={as} size={12} />
    </button>
  );
}
