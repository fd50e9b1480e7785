import { cn } from "@/lib/cn";
import { type CodeInk, type Language, paintLine } from "@/lib/highlight";
import type { Span } from "@/lib/word-diff";
import { PlainText } from "./plain-text";

const inks: Record<CodeInk, string> = {
  plain: "",
  keyword: "text-syn-keyword",
  string: "text-syn-string",
  type: "text-syn-type",
  comment: "text-syn-comment",
};
/** What is longer is cut. */
export const longLineMax = 2000;
const endShown = 200;

type CodeLineProps = { text: string; language: Language | undefined; marks?: readonly Span[]; markClass?: string };

/** A line of code in its inks; what changed in it is marked. A line without end is cut in its middle, and says so. */
export function CodeLine({ text, language, marks = [], markClass = "" }: CodeLineProps) {
  const shown = text.slice(0, longLineMax);
  return (
    <>
      {paintLine(shown, language, marks).map((part, index) => (
        <CodePart
          className={inks[part.ink]}
          key={index}
          markClass={part.isMarked ? markClass : undefined}
          text={part.text}
        />
      ))}
      {text.length > longLineMax ? <LongEnd text={text} /> : null}
    </>
  );
}

/** What is left out is counted, and the very end is shown: nothing can hide behind a long line. */
export function LongEnd({ text }: { text: string }) {
  const left = text.length - longLineMax - endShown;
  return (
    <>
      {left > 0 ? (
        <span className="text-faint-foreground"> … {left.toLocaleString("en")} more characters … </span>
      ) : null}
      <PlainText text={text.slice(Math.max(longLineMax, text.length - endShown))} />
    </>
  );
}

type CodePartProps = { text: string; className: string; markClass: string | undefined };

function CodePart({ text, className, markClass }: CodePartProps) {
  if (markClass === undefined && className === "") return <PlainText text={text} />;
  // Comments inherit their ink inside a mark, for contrast.
  const ink = markClass !== undefined && className === inks.comment ? "" : className;
  return (
    <span className={cn(ink, markClass && "rounded-[2px] py-px", markClass)}>
      <PlainText text={text} />
    </span>
  );
}
