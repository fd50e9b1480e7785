/** What the page and the diff's worker say to each other. */
import type { FileLines } from "../file-lines";

/** Lines to be coloured. Those of `lead` only tell how the first one is to be read: they get no paint. */
export type PaintWork = {
  path: string;
  lead: number;
  /** Where something begins that is read apart: a hunk. */
  starts: readonly number[];
  /** Indices into `kinds`. */
  kindOf: readonly number[];
  texts: readonly string[];
  /** For a changed line, the text that it came from or became. */
  partners: readonly (string | null)[];
};

/** A line's parts: where each ends, and its ink with the mark of a changed word. */
export type Paint = readonly number[];

/** In the order of their numbers in a paint. */
export const inks = ["plain", "keyword", "string", "type", "comment"] as const;
/** Added to an ink's number where the word changed. */
export const markBit = 8;

export type DiffRequest =
  | { type: "read"; id: number; bytes: Uint8Array }
  | { type: "paint"; id: number; work: PaintWork };

export type DiffReply =
  | { type: "lines"; id: number; lines: FileLines }
  | { type: "paints"; id: number; paints: readonly Paint[] }
  | { type: "failed"; id: number; message: string };
