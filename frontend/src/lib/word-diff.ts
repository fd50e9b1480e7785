/** Which words of a changed line changed. */
import { type Change, diffSequences } from "./sequence-diff";

/** A part of a line, in characters. */
export type Span = { from: number; to: number };
export type WordMarks = { removed: readonly Span[]; added: readonly Span[] };

const lineLengthMax = 1000;
const cellsMax = 40_000;
const sharedMin = 0.3;
const none: WordMarks = { removed: [], added: [] };

/** The words that differ; none where the lines have so little in common that marks would only be noise. */
export function markWords(before: string, after: string): WordMarks {
  if (before.length > lineLengthMax || after.length > lineLengthMax) return none;
  const changes = diffSequences(splitWords(before), splitWords(after), cellsMax);
  const shared = changes.reduce((sum, change) => sum + (change.kind === "same" ? change.item.trim().length : 0), 0);
  const longer = Math.max(before.trim().length, after.trim().length);
  if (shared < longer * sharedMin) return none;
  return {
    removed: joinNear(spansOf(changes, "removed"), before),
    added: joinNear(spansOf(changes, "added"), after),
  };
}

function splitWords(line: string): string[] {
  return line.match(/[\p{L}\p{N}_$]+|\s+|[^\p{L}\p{N}_$\s]/gu) ?? [];
}

function spansOf(changes: readonly Change<string>[], kind: "removed" | "added"): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const change of changes) {
    if (change.kind !== "same" && change.kind !== kind) continue;
    const to = at + change.item.length;
    const last = spans.at(-1);
    if (change.kind === kind && last?.to === at) last.to = to;
    else if (change.kind === kind) spans.push({ from: at, to });
    at = to;
  }
  return spans;
}

/** Marks with only a sign or a space between them read better as one. */
function joinNear(spans: readonly Span[], line: string): Span[] {
  const joined: Span[] = [];
  for (const span of spans) {
    const last = joined.at(-1);
    const gap = last ? line.slice(last.to, span.from) : "";
    if (last && gap.length <= 2 && !/[\p{L}\p{N}]/u.test(gap)) last.to = span.to;
    else joined.push({ ...span });
  }
  return joined;
}
