import type { DiffLine, DiffLineKind } from "@/api/generated/types";
import { CodeLine } from "@/components/code-line";
import { PlainText } from "@/components/plain-text";
import { cn } from "@/lib/cn";
import type { Language } from "@/lib/highlight";
import { markWords, type Span } from "@/lib/word-diff";
import type { DiffRow, Side } from "../rows";

const surfaces: Record<DiffLineKind, string> = { context: "", added: "bg-diff-add", removed: "bg-diff-del" };
const gutters: Record<DiffLineKind, string> = {
  context: "text-faint-foreground",
  added: "bg-diff-add-gutter text-diff-add-text",
  removed: "bg-diff-del-gutter text-diff-del-text",
};
const signInks: Record<DiffLineKind, string> = {
  context: "",
  added: "text-diff-add-text",
  removed: "text-diff-del-text",
};
const marks: Record<DiffLineKind, string> = { context: "", added: "bg-diff-add-word", removed: "bg-diff-del-word" };
const signs: Record<DiffLineKind, string> = { context: "", added: "+", removed: "−" };

type RowViewProps = { row: DiffRow; language: Language | undefined };

/** One row of the diff. */
export function DiffRowView({ row, language }: RowViewProps) {
  switch (row.type) {
    case "note":
      return <NoteRow text={row.text} />;
    case "hunk":
      return <HunkRow text={row.text} />;
    case "line":
      return <UnifiedLine language={language} side={row.side} />;
    case "pair":
      return (
        <div className="grid grid-cols-2">
          <Half language={language} number={row.left?.line.old_no} side={row.left} />
          <Half className="border-l" language={language} number={row.right?.line.new_no} side={row.right} />
        </div>
      );
  }
}

function NoteRow({ text }: { text: string }) {
  return (
    <div className="flex h-7 items-center px-4 text-xs text-muted-foreground">
      <PlainText text={text} />
    </div>
  );
}

function HunkRow({ text }: { text: string }) {
  return (
    <div className="h-6 truncate bg-diff-hunk pl-16 font-mono text-2xs leading-6 tracking-normal text-faint-foreground">
      <PlainText text={text} />
    </div>
  );
}

const lineClass =
  "grid h-5 font-mono text-xs leading-5 tracking-normal whitespace-pre [tab-size:4] [font-variant-ligatures:none]";
const numberClass = "pr-2 text-right text-2xs leading-5 select-none";

function UnifiedLine({ side, language }: { side: Side; language: Language | undefined }) {
  const { line } = side;
  return (
    <div className={cn(lineClass, "grid-cols-[44px_44px_20px_minmax(0,1fr)]", surfaces[line.kind])}>
      <span className={cn(numberClass, gutters[line.kind])}>{line.old_no}</span>
      <span className={cn(numberClass, gutters[line.kind])}>{line.new_no}</span>
      <Sign line={line} />
      <Code language={language} side={side} />
    </div>
  );
}

const hatched = "h-5 bg-[repeating-linear-gradient(135deg,var(--hatch)_0_1px,transparent_1px_6px)]";

type HalfProps = {
  side: Side | undefined;
  number: number | null | undefined;
  language: Language | undefined;
  className?: string;
};

/** One side of a split line; a side without a line is hatched. */
function Half({ side, number, language, className }: HalfProps) {
  if (!side) return <div aria-hidden className={cn(hatched, className)} />;
  const { line } = side;
  return (
    <div className={cn(lineClass, "grid-cols-[44px_20px_minmax(0,1fr)]", surfaces[line.kind], className)}>
      <span className={cn(numberClass, gutters[line.kind])}>{number}</span>
      <Sign line={line} />
      <Code language={language} side={side} />
    </div>
  );
}

function Sign({ line }: { line: DiffLine }) {
  return <span className={cn("text-center select-none", signInks[line.kind])}>{signs[line.kind]}</span>;
}

function Code({ side, language }: { side: Side; language: Language | undefined }) {
  return (
    <span className="overflow-hidden">
      <span className="relative left-(--sideways)">
        <CodeLine language={language} markClass={marks[side.line.kind]} marks={marksOf(side)} text={side.line.text} />
      </span>
    </span>
  );
}

function marksOf({ line, partner }: Side): readonly Span[] {
  if (!partner || line.kind === "context") return [];
  return line.kind === "removed"
    ? markWords(line.text, partner.text).removed
    : markWords(partner.text, line.text).added;
}
