/** The board's filter: what stands in `?q=`, read as words and tokens. */
import type { Task } from "@/api/generated/types";

const tokenKeys = ["label", "priority", "size", "status"] as const;
export type TokenKey = (typeof tokenKeys)[number];
export type FilterToken = { key: TokenKey; value: string; isNegated: boolean };
export type BoardFilter = { words: readonly string[]; tokens: readonly FilterToken[] };

/** Reads a filter: `checkout label:api -label:docs priority:high "two words"`. */
export function parseFilter(query: string): BoardFilter {
  const parts = query.match(/-?[a-z]+:"[^"]*"|"[^"]*"|\S+/g) ?? [];
  const tokens: FilterToken[] = [];
  const words: string[] = [];
  for (const part of parts) {
    const token = parseToken(part);
    if (token) tokens.push(token);
    else words.push(unquote(part).toLowerCase());
  }
  return { words: words.filter((word) => word !== ""), tokens };
}

/** Writes a filter as it stands in the address. */
export function formatFilter(filter: BoardFilter): string {
  const tokens = filter.tokens.map(({ key, value, isNegated }) => `${isNegated ? "-" : ""}${key}:${quote(value)}`);
  return [...filter.words.map(quote), ...tokens].join(" ");
}

/** Whether a task passes: every word is found, every token holds. */
export function matchesFilter(task: Task, filter: BoardFilter): boolean {
  return filter.tokens.every((token) => holds(task, token)) && filter.words.every((word) => hasWord(task, word));
}

/** Whether a filter lets everything pass. */
export function isEmptyFilter(filter: BoardFilter): boolean {
  return filter.words.length === 0 && filter.tokens.length === 0;
}

function parseToken(part: string): FilterToken | undefined {
  const match = /^(-?)([a-z]+):(.+)$/.exec(part);
  const key = tokenKeys.find((candidate) => candidate === match?.[2]);
  const value = unquote(match?.[3] ?? "");
  if (key === undefined || value === "") return undefined;
  return { key, value, isNegated: match?.[1] === "-" };
}

function holds(task: Task, { key, value, isNegated }: FilterToken): boolean {
  return tokenValues(task, key).includes(value.toLowerCase()) !== isNegated;
}

function tokenValues(task: Task, key: TokenKey): readonly string[] {
  switch (key) {
    case "label":
      return task.labels.map((label) => label.toLowerCase());
    case "priority":
      return [task.priority ?? "none"];
    case "size":
      return [task.size ?? "none"];
    case "status":
      return [task.status];
  }
}

function hasWord(task: Task, word: string): boolean {
  if (word === `#${task.number}` || word === String(task.number)) return true;
  if (task.title.toLowerCase().includes(word)) return true;
  return (
    task.description.toLowerCase().includes(word) || task.labels.some((label) => label.toLowerCase().includes(word))
  );
}

function unquote(text: string): string {
  return text.replaceAll('"', "").trim();
}

function quote(text: string): string {
  return text.includes(" ") ? `"${text}"` : text;
}
