import { memo } from "react";
import { LongEnd, longLineMax } from "@/components/code-line";
import { PlainText } from "@/components/plain-text";
import { cn } from "@/lib/cn";
import { spansOf } from "../find";
import { useLineScope } from "../hooks/use-line-scope";
import { type CodePart, codeParts } from "../paint-parts";
import { type Line, textOf } from "../rows";
import type { Paint } from "../worker/messages";

const inkClasses: Record<CodePart["ink"], string> = {
  plain: "",
  keyword: "text-syn-keyword",
  string: "text-syn-string",
  type: "text-syn-type",
  comment: "text-syn-comment",
};
const markClasses: Record<Line["kind"], string> = {
  context: "",
  added: "bg-diff-add-word",
  removed: "bg-diff-del-word",
};

/** The code of a line: plain at once, in its inks when they are there. */
export function DiffCode({ line }: { line: Line }) {
  const { paints, query } = useLineScope();
  const paint = paints.paintOf(line.source, line.index);
  return <PaintedCode kind={line.kind} paint={paint} query={query} text={textOf(line)} />;
}

type PaintedCodeProps = { text: string; kind: Line["kind"]; paint: Paint | undefined; query: string };

/** Paint of other lines does not draw this one again. */
const PaintedCode = memo(function PaintedCode({ text, kind, paint, query }: PaintedCodeProps) {
  const shown = text.slice(0, longLineMax);
  return (
    <>
      {codeParts(shown, paint, spansOf(shown, query)).map((part, index) => (
        <CodePartView key={index} markClass={markClasses[kind]} part={part} />
      ))}
      {text.length > longLineMax ? <LongEnd text={text} /> : null}
    </>
  );
});

function CodePartView({ part, markClass }: { part: CodePart; markClass: string }) {
  const text = <PlainText text={part.text} />;
  if (part.isFound)
    return <mark className="rounded-[2px] bg-selected text-foreground outline-1 outline-ring">{text}</mark>;
  if (part.ink === "plain" && !part.isMarked) return text;
  // Comments inherit their ink inside a mark, for contrast.
  const ink = part.isMarked && part.ink === "comment" ? "" : inkClasses[part.ink];
  return <span className={cn(ink, part.isMarked && `rounded-[2px] py-px ${markClass}`)}>{text}</span>;
}
