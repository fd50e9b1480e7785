import { useDeferredValue, useMemo, useState } from "react";
import type { DiffFile } from "@/api/generated/types";
import type { FileStates } from "../diff-file-store";
import { findInFiles, type Match } from "../find";

/** A search in the diff: what is found, and which of it stands out. */
export function useFind(files: readonly DiffFile[], states: FileStates, onMatch: (match: Match) => void) {
  const [query, setQueryText] = useState("");
  const [at, setAt] = useState(-1);
  const needle = useDeferredValue(query.trim());
  const { matches, isCut } = useMemo(
    () =>
      findInFiles(
        needle,
        files.map((file) => file.path),
        (path) => states.get(path)?.lines,
      ),
    [needle, files, states],
  );
  const step = (by: 1 | -1) => {
    if (matches.length === 0) return;
    const from = at === -1 && by === -1 ? 0 : at;
    const next = (from + by + matches.length) % matches.length;
    setAt(next);
    const match = matches[next];
    if (match) onMatch(match);
  };
  const setQuery = (text: string) => {
    setQueryText(text);
    setAt(-1);
  };
  const count = matches.length;
  const total = isCut ? `${count}+` : String(count);
  const words = needle === "" ? "" : count === 0 ? "not found" : at === -1 ? `${total} found` : `${at + 1} of ${total}`;
  return { query, needle, setQuery, match: matches[at], count, words, step };
}
