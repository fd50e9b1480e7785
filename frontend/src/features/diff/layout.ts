/** Where each file of the diff stands, loaded or not, and how the view keeps its place when heights change. */
import type { DiffFile } from "@/api/generated/types";
import { isImage } from "./images";
import { type FileRows, firstAfter, imagesPx, rowsBetween } from "./rows";

export const headPx = 36;
const linePx = 20;
const notePx = 28;
const contextLines = 7;
const guessedMax = 4000;
const foldedAbove = 1500;
const generated =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|yarn\.lock|pnpm-lock\.yaml|Cargo\.lock|poetry\.lock|Gemfile\.lock|composer\.lock|go\.sum|uv\.lock|flake\.lock|bun\.lockb?)$/;

/** What of a file stands below its head: its height, and its rows where they are known and shown. */
export type Body = { height: number; rows?: FileRows | undefined };

/** The files' places: `tops[i]` is where file i begins, the last entry is the height of all. */
export type Layout = { tops: Uint32Array; bodies: readonly Body[] };

/** Lays out files from their bodies. */
export function layOut(bodies: readonly Body[]): Layout {
  const tops = new Uint32Array(bodies.length + 1);
  for (const [index, { height }] of bodies.entries()) tops[index + 1] = (tops[index] ?? 0) + headPx + height;
  return { tops, bodies };
}

/** How high a file's body will be, as a guess from what the list says. */
export function guessHeight(file: DiffFile): number {
  if (isImage(file)) return imagesPx;
  if (file.binary || file.too_large) return notePx;
  const lines = file.additions + file.deletions;
  return lines === 0 ? notePx : Math.min(lines + contextLines, guessedMax) * linePx;
}

/** Whether a file stands folded until someone asks for it: it is seen, long, or written by a tool. */
export function foldsByItself(file: DiffFile): boolean {
  return file.is_viewed || isLarge(file);
}

/** Whether a file is more than anyone reads. */
export function isLarge(file: DiffFile): boolean {
  return file.additions + file.deletions > foldedAbove || generated.test(file.path);
}

/** The files that lie at least partly between two heights. */
export function filesBetween({ tops }: Layout, from: number, to: number): { first: number; end: number } {
  const count = tops.length - 1;
  return { first: Math.max(0, firstAfter(tops, from) - 1), end: Math.min(count, firstAfter(tops, Math.max(from, to))) };
}

/**
 * A place in the view: a file, how far the view is into it, and how high the file was; where its lines are known, the
 * first one in view, and how far below its beginning the view's edge is.
 */
export type Anchor = { path: string; into: number; height: number; line?: { index: number; into: number } };

/** What stands at the top of the view. */
export function anchorAt(layout: Layout, paths: readonly string[], scrollTop: number): Anchor | undefined {
  const { first } = filesBetween(layout, scrollTop, scrollTop);
  const path = paths[first];
  if (path === undefined) return undefined;
  const top = layout.tops[first] ?? 0;
  const anchor = { path, into: scrollTop - top, height: (layout.tops[first + 1] ?? top) - top };
  const line = lineAnchor(layout.bodies[first]?.rows, anchor.into - headPx);
  return line ? { ...anchor, line } : anchor;
}

function lineAnchor(rows: FileRows | undefined, into: number): Anchor["line"] {
  if (!rows || into <= 0) return undefined;
  const found = rows.lineFrom(rowsBetween(rows.tops, into, into).first);
  return found && { index: found.line, into: into - (rows.tops[found.row] ?? 0) };
}

/**
 * Where the view must stand to show the same after heights changed. Within a file that was only guessed the distance
 * to its end is kept: whoever is in it came from below.
 */
export function placeOf(layout: Layout, paths: readonly string[], anchor: Anchor): number | undefined {
  const index = paths.indexOf(anchor.path);
  if (index === -1) return undefined;
  const top = layout.tops[index] ?? 0;
  const row = anchor.line && rowTop(layout.bodies[index]?.rows, anchor.line.index);
  if (row !== undefined) return top + headPx + row + (anchor.line?.into ?? 0);
  const height = (layout.tops[index + 1] ?? top) - top;
  const grown = anchor.into > headPx ? height - anchor.height : 0;
  return Math.max(top, top + anchor.into + grown);
}

function rowTop(rows: FileRows | undefined, line: number): number | undefined {
  const row = rows?.rowOf(line) ?? -1;
  return row === -1 ? undefined : rows?.tops[row];
}

/** A line of the diff, or a remark. */
export type Target = { path: string; line: number } | { path: string; remark: string };

/** Where a target stands; none before its file's rows are known. */
export function topOf(layout: Layout, paths: readonly string[], target: Target): number | undefined {
  const index = paths.indexOf(target.path);
  const rows = layout.bodies[index]?.rows;
  const row = rows && ("line" in target ? rows.rowOf(target.line) : rows.rowOfRemark(target.remark));
  if (row === undefined || row === -1) return undefined;
  return (layout.tops[index] ?? 0) + headPx + (rows?.tops[row] ?? 0);
}
