/** Where each file of the diff stands, loaded or not, and how the view keeps its place when heights change. */
import type { DiffFile } from "@/api/generated/types";
import { firstAfter } from "./rows";

export const headPx = 36;
const linePx = 20;
const notePx = 28;
const contextLines = 7;
const guessedMax = 4000;
const foldedAbove = 1500;
const generated =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|poetry\.lock|Gemfile\.lock|composer\.lock|go\.sum|uv\.lock|flake\.lock|bun\.lockb?)$/;

/** The files' places: `tops[i]` is where file i begins, the last entry is the height of all. */
export type Layout = { tops: Uint32Array };

/** Lays out files from the heights of their bodies. */
export function layOut(bodyHeights: readonly number[]): Layout {
  const tops = new Uint32Array(bodyHeights.length + 1);
  for (const [index, height] of bodyHeights.entries()) tops[index + 1] = (tops[index] ?? 0) + headPx + height;
  return { tops };
}

/** How high a file's body will be, as a guess from what the list says. */
export function guessHeight(file: DiffFile): number {
  if (file.binary || file.too_large) return notePx;
  const lines = file.additions + file.deletions;
  return lines === 0 ? notePx : Math.min(lines + contextLines, guessedMax) * linePx;
}

/** Whether a file stands folded until someone asks for it. */
export function foldsByItself(file: DiffFile): boolean {
  return file.additions + file.deletions > foldedAbove || generated.test(file.path);
}

/** The files that lie at least partly between two heights. */
export function filesBetween({ tops }: Layout, from: number, to: number): { first: number; end: number } {
  const count = tops.length - 1;
  return { first: Math.max(0, firstAfter(tops, from) - 1), end: Math.min(count, firstAfter(tops, Math.max(from, to))) };
}

/** A place in the view: a file, how far the view is into it, and how high the file was. */
export type Anchor = { path: string; into: number; height: number };

/** What stands at the top of the view. */
export function anchorAt(layout: Layout, paths: readonly string[], scrollTop: number): Anchor | undefined {
  const { first } = filesBetween(layout, scrollTop, scrollTop);
  const path = paths[first];
  const top = layout.tops[first] ?? 0;
  return path === undefined
    ? undefined
    : { path, into: scrollTop - top, height: (layout.tops[first + 1] ?? top) - top };
}

/**
 * Where the view must stand to show the same after heights changed. Within a file that was only guessed the distance
 * to its end is kept: whoever is in it came from below.
 */
export function placeOf(layout: Layout, paths: readonly string[], anchor: Anchor): number | undefined {
  const index = paths.indexOf(anchor.path);
  if (index === -1) return undefined;
  const top = layout.tops[index] ?? 0;
  const height = (layout.tops[index + 1] ?? top) - top;
  const grown = anchor.into > headPx ? height - anchor.height : 0;
  return Math.max(top, top + anchor.into + grown);
}
