import { type ReactNode, useState } from "react";
import type { DiffLine } from "@/api/generated/types";
import { CodeLine } from "@/components/code-line";
import { cn } from "@/lib/cn";
import { type Language, languageOf } from "@/lib/highlight";
import { pairLines } from "@/lib/line-pairs";
import { markWords, type Span } from "@/lib/word-diff";
import { MoreButton } from "./more-button";

export type Hunk = { lines: readonly DiffLine[] };

const shownFirst = 40;
const shownLast = 12;
const signs = { context: "", added: "+", removed: "−" } as const;
const lineClasses = {
  context: "",
  added: "bg-diff-add",
  removed: "bg-diff-del",
} as const;
const numberClasses = {
  context: "text-faint-foreground",
  added: "bg-diff-add-gutter text-diff-add-text",
  removed: "bg-diff-del-gutter text-diff-del-text",
} as const;
const markClasses = { context: "", added: "bg-diff-add-word", removed: "bg-diff-del-word" } as const;

type EditLinesProps = {
  hunks: readonly Hunk[];
  path: string;
  /** Long lines wrap, and a long change shows its end, too: nothing that is to be allowed stands out of sight. */
  isWholeInSight?: boolean;
};

/** An edit as a small diff. */
export function EditLines({ hunks, path, isWholeInSight = false }: EditLinesProps) {
  const [isWhole, setIsWhole] = useState(false);
  const language = languageOf(path);
  const lines = hunks.flatMap((hunk, index) => withGap(hunk.lines, index));
  const { head, tail, hidden } = cutMiddle(lines, isWhole, isWholeInSight ? shownLast : 0);
  const draw = (shown: readonly (MarkedLine | "gap")[]) =>
    shown.map((line, index) =>
      line === "gap" ? (
        <div className="h-2 border-y bg-diff-hunk" key={index} />
      ) : (
        <EditLine isWrapped={isWholeInSight} key={index} language={language} line={line} />
      ),
    );
  return (
    <>
      <LinesBox isScrolling={isWhole && lines.length > shownFirst} isWrapped={isWholeInSight}>
        {draw(head)}
      </LinesBox>
      {hidden > 0 ? <MoreButton count={hidden} onClick={() => setIsWhole(true)} what="more lines" /> : null}
      {tail.length > 0 ? <LinesBox isWrapped={isWholeInSight}>{draw(tail)}</LinesBox> : null}
    </>
  );
}

function cutMiddle<Line>(lines: readonly Line[], isWhole: boolean, last: number) {
  if (isWhole || lines.length <= shownFirst + last) return { head: lines, tail: [], hidden: 0 };
  const hidden = lines.length - shownFirst - last;
  return { head: lines.slice(0, shownFirst), tail: last === 0 ? [] : lines.slice(-last), hidden };
}

type LinesBoxProps = { children: ReactNode; isWrapped: boolean; isScrolling?: boolean };

function LinesBox({ children, isWrapped, isScrolling = false }: LinesBoxProps) {
  return (
    <div
      className={cn("overflow-x-auto", isScrolling && "max-h-[60vh] overflow-y-auto")}
      // What scrolls must be reachable by the keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
    >
      <div className={isWrapped ? "" : "min-w-max"}>{children}</div>
    </div>
  );
}

type MarkedLine = DiffLine & { marks: readonly Span[] };

function withGap(lines: readonly DiffLine[], index: number): (MarkedLine | "gap")[] {
  const marked = markLines(lines);
  return index === 0 ? marked : ["gap", ...marked];
}

function markLines(lines: readonly DiffLine[]): MarkedLine[] {
  const partners = pairLines(lines);
  return lines.map((line, index) => {
    const partner = lines[partners.get(index) ?? -1];
    if (!partner || line.kind === "context") return { ...line, marks: [] };
    const marks =
      line.kind === "removed" ? markWords(line.text, partner.text).removed : markWords(partner.text, line.text).added;
    return { ...line, marks };
  });
}

type EditLineProps = { line: MarkedLine; language: Language | undefined; isWrapped: boolean };

function EditLine({ line, language, isWrapped }: EditLineProps) {
  const number = line.kind === "removed" ? line.old_no : line.new_no;
  return (
    <div
      className={cn(
        "grid min-h-4.5 grid-cols-[36px_16px_minmax(0,1fr)] font-mono text-code tracking-normal",
        isWrapped ? "[overflow-wrap:anywhere] whitespace-pre-wrap" : "whitespace-pre",
        lineClasses[line.kind],
      )}
    >
      <span className={cn("pr-2 text-right text-2xs leading-4.5 select-none", numberClasses[line.kind])}>{number}</span>
      <span
        className={cn("text-center select-none", line.kind !== "context" && numberClasses[line.kind], "bg-transparent")}
      >
        {signs[line.kind]}
      </span>
      <span className="pr-2">
        <CodeLine language={language} markClass={markClasses[line.kind]} marks={line.marks} text={line.text} />
      </span>
    </div>
  );
}
