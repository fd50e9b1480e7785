/** A line of code cut into parts of one look: its ink, the mark of a changed word, what was searched. */
import type { Span } from "@/lib/word-diff";
import { type inks, inks as inkNames, markBit, type Paint } from "./worker/messages";

export type CodePart = { text: string; ink: (typeof inks)[number]; isMarked: boolean; isFound: boolean };

/** The parts of a line. */
export function codeParts(text: string, paint: Paint | undefined, found: readonly Span[]): CodePart[] {
  const edges = [...paintEnds(paint), ...found.flatMap((span) => [span.from, span.to]), text.length];
  const cuts = [...new Set(edges)].filter((cut) => cut > 0 && cut <= text.length).toSorted((a, b) => a - b);
  let from = 0;
  let run = 0;
  return cuts.map((to) => {
    while (paint !== undefined && run < paint.length && (paint[run] ?? 0) <= from) run += 2;
    const style = paint?.[run + 1] ?? 0;
    const part = {
      text: text.slice(from, to),
      ink: inkNames[style % markBit] ?? "plain",
      isMarked: style >= markBit,
      isFound: found.some((span) => span.from <= from && to <= span.to),
    };
    from = to;
    return part;
  });
}

function paintEnds(paint: Paint = []): number[] {
  return paint.filter((_, index) => index % 2 === 0);
}
