import { memo, type ReactNode } from "react";
import type { DiffLineKind, DiffSide } from "@/api/generated/types";
import { PlainText } from "@/components/plain-text";
import { cn } from "@/lib/cn";
import type { FileLines } from "../file-lines";
import { useLineScope } from "../hooks/use-line-scope";
import type { DiffMode, DiffRow, Line } from "../rows";
import { DiffCode } from "./diff-code";
import { HunkRow } from "./hunk-row";
import { ImagesRow } from "./images-row";
import { RemarkRow } from "./remark-row";

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
const signs: Record<DiffLineKind, string> = { context: "", added: "+", removed: "−" };

type RowViewProps = { row: DiffRow; lines: FileLines; mode: DiffMode };

/** One row of the diff. It is drawn again only when it has changed: those that scroll by are many. */
export const DiffRowView = memo(RowView);

function RowView({ row, lines, mode }: RowViewProps) {
  switch (row.type) {
    case "note":
      return <NoteRow text={row.text} />;
    case "hunk":
      return <HunkRow hidden={row.hidden} lines={lines} text={row.text} />;
    case "line":
      return <UnifiedLine line={row.line} />;
    case "pair":
      return (
        <div className="grid grid-cols-2">
          <Half line={row.left} side="old" />
          <Half className="border-l" line={row.right} side="new" />
        </div>
      );
    case "remark":
      return <RemarkRow key={row.key} mode={mode} remarkKey={row.key} side={row.side} />;
    case "images":
      return <ImagesRow file={lines.file} />;
  }
}

function NoteRow({ text }: { text: string }) {
  return (
    <div className="flex h-7 items-center px-4 text-xs text-muted-foreground">
      <PlainText text={text} />
    </div>
  );
}

const lineClass =
  "group/line grid h-5 font-mono text-xs leading-5 tracking-normal whitespace-pre [tab-size:4] [font-variant-ligatures:none]";

function UnifiedLine({ line }: { line: Line }) {
  const side: DiffSide = line.kind === "removed" ? "old" : "new";
  return (
    <LineBox className="grid-cols-[44px_44px_20px_minmax(0,1fr)]" line={line} side={side}>
      {side === "old" ? <NumberButton line={line} side="old" /> : <LineNumber line={line} no={line.oldNo} />}
      {side === "new" ? <NumberButton line={line} side="new" /> : <LineNumber line={line} no={line.newNo} />}
    </LineBox>
  );
}

const hatched = "h-5 bg-[repeating-linear-gradient(135deg,var(--hatch)_0_1px,transparent_1px_6px)]";

type HalfProps = { line: Line | undefined; side: DiffSide; className?: string };

/** One side of a split line; a side without a line is hatched. */
function Half({ line, side, className }: HalfProps) {
  if (!line) return <div aria-hidden className={cn(hatched, className)} />;
  return (
    <LineBox className={cn("grid-cols-[44px_20px_minmax(0,1fr)]", className)} line={line} side={side}>
      <NumberButton line={line} side={side} />
    </LineBox>
  );
}

type LineBoxProps = { line: Line; side: DiffSide; className: string; children: ReactNode };

function LineBox({ line, side, className, children }: LineBoxProps) {
  const { match } = useLineScope();
  const isMatch = match !== undefined && match.line === line.index && match.path === line.source.file.path;
  return (
    <div
      className={cn(lineClass, surfaces[line.kind], className, isMatch && "outline-1 -outline-offset-1 outline-ring")}
      data-line={side === "old" ? line.oldNo : line.newNo}
      data-side={side}
    >
      {children}
      <span className={cn("text-center select-none", signInks[line.kind])}>{signs[line.kind]}</span>
      <span className="overflow-hidden">
        <span className="relative left-(--sideways)">
          <DiffCode line={line} />
        </span>
      </span>
    </div>
  );
}

const numberClass = "pr-2 text-right text-2xs leading-5 select-none";

function LineNumber({ line, no }: { line: Line; no: number | undefined }) {
  return <span className={cn(numberClass, gutters[line.kind])}>{no}</span>;
}

/** A line's number; pressed, a comment on the line begins. The plus shows where that is. */
function NumberButton({ line, side }: { line: Line; side: DiffSide }) {
  const { review } = useLineScope();
  const no = side === "old" ? line.oldNo : line.newNo;
  const begin = review.onComment;
  if (!begin || no === undefined) return <LineNumber line={line} no={no} />;
  return (
    <button
      aria-label={`Comment on line ${no}${side === "old" ? " before the change" : ""}`}
      className={cn(
        numberClass,
        gutters[line.kind],
        "relative after:absolute after:top-0.5 after:right-0 after:hidden after:size-4 after:translate-x-1/2 after:rounded-xs after:bg-primary after:text-center after:font-sans after:text-xs after:leading-4 after:text-primary-foreground after:content-['+'] group-hover/line:after:block pointer-coarse:after:hidden",
      )}
      onClick={() => begin({ path: line.source.file.path, side, line: no })}
      tabIndex={-1}
      type="button"
    >
      {no}
    </button>
  );
}
