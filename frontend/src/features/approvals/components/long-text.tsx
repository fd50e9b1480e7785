import { useState } from "react";
import { PlainText } from "@/components/plain-text";
import { cn } from "@/lib/cn";
import { cutText } from "../cut-text";

/**
 * A text that will run or be written: hidden characters as escapes, never reordered, its full length stated where it is
 * long, and its end always in sight.
 */
export function LongText({ text, className }: { text: string; className?: string }) {
  const [isWhole, setIsWhole] = useState(false);
  const cut = isWhole ? undefined : cutText(text);
  const style = cn(
    "[direction:ltr] [overflow-wrap:anywhere] whitespace-pre-wrap [unicode-bidi:bidi-override]",
    className,
  );
  if (cut === undefined) {
    return (
      <code
        className={cn(style, isWhole && "block max-h-[50vh] overflow-y-auto")}
        // What scrolls must be reachable by the keyboard.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        tabIndex={isWhole ? 0 : undefined}
      >
        <PlainText text={text} />
      </code>
    );
  }
  return (
    <code className={style}>
      <PlainText text={cut.head} />
      <button
        className="my-1 flex min-h-6 w-full items-center rounded-sm border border-dashed border-border-strong px-2 py-0.5 text-left font-sans text-2xs tracking-normal text-muted-foreground [direction:ltr] hover:bg-accent max-md:min-h-11"
        onClick={() => setIsWhole(true)}
        type="button"
      >
        {cut.note}
      </button>
      <PlainText text={cut.tail} />
    </code>
  );
}
