import { useDeferredValue, useMemo, useState } from "react";
import { findRows, type Hit, type Row } from "../model";

export type LogSearch = {
  query: string;
  hits: readonly Hit[];
  /** The hit in view; none before the first step. */
  current: Hit | undefined;
  /** 1 for the first hit. */
  position: number;
  onQuery: (query: string) => void;
  /** Moves to another hit and returns it. */
  step: (by: 1 | -1) => Hit | undefined;
};

/** Search in the rows that are loaded. The newest hit comes first, as the log opens at its end. */
export function useLogSearch(rows: readonly Row[]): LogSearch {
  const [query, setQuery] = useState("");
  const [currentKey, setCurrentKey] = useState<string>();
  const wanted = useDeferredValue(query);
  const hits = useMemo(() => (wanted.trim() === "" ? [] : findRows(rows, wanted.trim())), [rows, wanted]);
  const index = hits.findIndex((hit) => hit.key === currentKey);
  const step = (by: 1 | -1): Hit | undefined => {
    const next = index === -1 ? hits.length - 1 : (index + by + hits.length) % hits.length;
    setCurrentKey(hits[next]?.key);
    return hits[next];
  };
  const onQuery = (next: string) => {
    setQuery(next);
    setCurrentKey(undefined);
  };
  return { query, hits, current: hits[index], position: index + 1, onQuery, step };
}
