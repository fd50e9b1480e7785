import { cn } from "@/lib/cn";
import { type AnsiSpan, type Ink, parseAnsi } from "@/lib/ansi";
import { PlainText } from "./plain-text";

const inks: Record<Ink, string> = {
  plain: "",
  red: "text-diff-del-text",
  green: "text-diff-add-text",
  yellow: "text-syn-type",
  blue: "text-syn-keyword",
  magenta: "text-syn-type",
  cyan: "text-syn-keyword",
  faint: "text-faint-foreground",
};

/** What a program printed, in the colours it asked for. */
export function AnsiText({ text }: { text: string }) {
  return parseAnsi(text).map((span, index) => <Span key={index} span={span} />);
}

function Span({ span }: { span: AnsiSpan }) {
  const className = cn(inks[span.ink], span.isBold && "font-semibold", span.isUnderlined && "underline");
  if (className === "") return <PlainText text={span.text} />;
  return (
    <span className={className}>
      <PlainText text={span.text} />
    </span>
  );
}
