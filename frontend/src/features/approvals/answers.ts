/** The draft of an answer to a question's items, and what it comes to. Knows nothing of React. */
import type { QuestionItem } from "@/api/generated/types";

/** What is chosen of one item: labels of its options, and a free answer. */
export type ItemDraft = { chosen: readonly string[]; free: string };
export type Draft = readonly ItemDraft[];

/** Nothing chosen yet. */
export function emptyDraft(items: readonly QuestionItem[]): Draft {
  return items.map(() => ({ chosen: [], free: "" }));
}

/** Chooses an option, or takes it back. Of one that takes a single answer the free answer goes, too. */
export function toggleOption(draft: Draft, items: readonly QuestionItem[], index: number, label: string): Draft {
  const old = draft[index];
  if (old === undefined) return draft;
  if (items[index]?.multi_select !== true) return draft.with(index, { chosen: [label], free: "" });
  const chosen = old.chosen.includes(label) ? old.chosen.filter((other) => other !== label) : [...old.chosen, label];
  return draft.with(index, { ...old, chosen });
}

/** Writes a free answer; where only one answer is taken it replaces the chosen option. */
export function writeFree(draft: Draft, items: readonly QuestionItem[], index: number, free: string): Draft {
  const old = draft[index];
  if (old === undefined) return draft;
  const keeps = items[index]?.multi_select === true || free.trim() === "";
  return draft.with(index, { chosen: keeps ? old.chosen : [], free });
}

/** Whether an item has an answer. */
export function isAnswered(item: ItemDraft | undefined): boolean {
  return item !== undefined && (item.chosen.length > 0 || item.free.trim() !== "");
}

/** The first item without an answer; the last one where all have one. */
export function openItem(draft: Draft): number {
  const index = draft.findIndex((item) => !isAnswered(item));
  return index === -1 ? draft.length - 1 : index;
}

/** The answers by question, as the agent gets them: several are joined by a comma, in the order of the options. */
export function readAnswers(draft: Draft, items: readonly QuestionItem[]): { [key in string]: string } | undefined {
  const answered = items.flatMap((item, index): [string, string][] => {
    const given = draft[index];
    return given !== undefined && isAnswered(given) ? [[item.question, joinAnswers(item, given)]] : [];
  });
  return answered.length === 0 ? undefined : Object.fromEntries(answered);
}

function joinAnswers(item: QuestionItem, given: ItemDraft): string {
  const chosen = item.options.map((option) => option.label).filter((label) => given.chosen.includes(label));
  const free = given.free.trim();
  return [...chosen, ...(free === "" ? [] : [free])].join(", ");
}
