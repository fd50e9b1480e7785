/** Finding a text in the files of a diff. */
import type { Span } from "@/lib/word-diff";
import { type FileLines, lineAt } from "./file-lines";

/** A file whose path has the text, or a line. */
export type Match = { path: string; line: number | undefined };
export type Found = { matches: readonly Match[]; isCut: boolean };

const matchesMax = 1000;
const lowered = new WeakMap<FileLines, string>();

/** Where the files have a text, in their order; each line counts once. */
export function findInFiles(
  query: string,
  paths: readonly string[],
  linesOf: (path: string) => FileLines | undefined,
): Found {
  const needle = query.toLowerCase();
  const matches: Match[] = [];
  if (needle === "") return { matches, isCut: false };
  for (const path of paths) {
    if (path.toLowerCase().includes(needle)) matches.push({ path, line: undefined });
    const lines = linesOf(path);
    if (lines) matches.push(...matchingLines(lines, needle, matchesMax - matches.length, path));
    if (matches.length >= matchesMax) return { matches: matches.slice(0, matchesMax), isCut: true };
  }
  return { matches, isCut: false };
}

function matchingLines(lines: FileLines, needle: string, max: number, path: string): Match[] {
  const text = loweredText(lines);
  const matches: Match[] = [];
  let at = text.indexOf(needle);
  while (at !== -1 && matches.length < max) {
    const line = lineAt(lines, at);
    matches.push({ path, line });
    at = text.indexOf(needle, (lines.ends[line] ?? text.length) + 1);
  }
  return matches;
}

/** Lower case keeps the length, or the places of matches would be wrong; where it would not, case counts. */
function loweredText(lines: FileLines): string {
  const known = lowered.get(lines);
  if (known !== undefined) return known;
  const lower = lines.text.toLowerCase();
  const text = lower.length === lines.text.length ? lower : lines.text;
  lowered.set(lines, text);
  return text;
}

/** Where a line has the text. */
export function spansOf(text: string, query: string): Span[] {
  const needle = query.toLowerCase();
  if (needle === "") return [];
  const lower = text.toLowerCase();
  const spans: Span[] = [];
  let at = lower.indexOf(needle);
  while (at !== -1) {
    spans.push({ from: at, to: at + needle.length });
    at = lower.indexOf(needle, at + needle.length);
  }
  return spans;
}
