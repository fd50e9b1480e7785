import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { type DiffView, readDiffContent } from "@/api/diff";
import { errorMessage } from "@/api/errors";
import { showToast } from "@/components/ui/toast";
import { type FileLines, packContent } from "../file-lines";
import { type Unfold, unfoldStep } from "../gaps";

/** What is shown between a file's hunks. It counts for the lines that it was asked for only. */
export type FileUnfolds = { lines: FileLines; content: FileLines; gaps: ReadonlyMap<number, Unfold> };
export type UnfoldPart = "head" | "tail" | "all";

/** The lines between hunks, read when somebody wants to see them. */
export function useUnfolds(view: DiffView) {
  const client = useQueryClient();
  const [unfolds, setUnfolds] = useState<ReadonlyMap<string, FileUnfolds>>(new Map());
  const read = (lines: FileLines) =>
    client.fetchQuery({
      queryKey: [
        "diff_content",
        view.attemptId,
        view.scope,
        view.between ?? null,
        lines.file.path,
        lines.file.content_key,
      ],
      queryFn: async ({ signal }) =>
        packContent(lines.file, new TextDecoder().decode(await readDiffContent(view, lines.file.path, "new", signal))),
      structuralSharing: false,
    });
  const load = async (lines: FileLines, gap: number, part: UnfoldPart) => {
    try {
      const content = await read(lines);
      setUnfolds(
        (old) => new Map([...old, [lines.file.path, more(old.get(lines.file.path), lines, content, gap, part)]]),
      );
    } catch (error) {
      showToast({ title: "The lines could not be read.", detail: errorMessage(error) });
    }
  };
  const unfold = (lines: FileLines, gap: number, part: UnfoldPart) => void load(lines, gap, part);
  return { unfolds, unfold };
}

function more(
  known: FileUnfolds | undefined,
  lines: FileLines,
  content: FileLines,
  gap: number,
  part: UnfoldPart,
): FileUnfolds {
  const gaps = known?.lines === lines ? known.gaps : new Map<number, Unfold>();
  const { head, tail } = gaps.get(gap) ?? { head: 0, tail: 0 };
  const grown: Record<UnfoldPart, Unfold> = {
    head: { head: head + unfoldStep, tail },
    tail: { head, tail: tail + unfoldStep },
    all: { head: Number.MAX_SAFE_INTEGER / 4, tail },
  };
  return { lines, content, gaps: new Map([...gaps, [gap, grown[part]]]) };
}
