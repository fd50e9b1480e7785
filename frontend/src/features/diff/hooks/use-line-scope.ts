import { createContext, useContext } from "react";
import type { DiffView } from "@/api/diff";
import type { FileLines } from "../file-lines";
import type { Match } from "../find";
import type { Paints } from "../paint-store";
import type { DiffReview } from "../remarks";
import type { UnfoldPart } from "./use-unfolds";

/** What every line of the diff is drawn with. */
export type LineScopeValue = {
  view: DiffView;
  paints: Paints;
  /** What is searched; empty for nothing. */
  query: string;
  /** The match that stands out. */
  match: Match | undefined;
  review: DiffReview;
  onUnfold: (lines: FileLines, gap: number, part: UnfoldPart) => void;
  /** Tells how high something is that is no line. */
  onHeight: (key: string, height: number) => void;
};

const context = createContext<LineScopeValue | undefined>(undefined);

/** Gives lines what they are drawn with. */
export const LineScope = context.Provider;

/** What this line is drawn with. */
export function useLineScope(): LineScopeValue {
  const scope = useContext(context);
  if (scope === undefined) throw new Error("a line is only shown in a diff");
  return scope;
}
