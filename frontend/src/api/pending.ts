/** Writes approvals and questions into the cache. Only a pending one changes, once: an older telling never undoes it. */
import type { QueryClient, QueryKey } from "@tanstack/react-query";
import type { Approval, Question } from "./generated/types";

type Ask = { id: string; state: string; created_at: string };

/** Puts an approval where it is shown, and in or out of the list of what waits. */
export function putApproval(client: QueryClient, approval: Approval): void {
  putAsk<Approval>(client, ["approval", approval.id], ["approvals", "pending"], approval);
}

/** Puts a question where it is shown, and in or out of the list of what waits. */
export function putQuestion(client: QueryClient, question: Question): void {
  putAsk<Question>(client, ["question", question.id], ["questions", "pending"], question);
}

function putAsk<Item extends Ask>(client: QueryClient, itemKey: QueryKey, listKey: QueryKey, ask: Item): void {
  const known = client.getQueryData<Item>(itemKey);
  if (known && known.state !== "pending" && ask.state === "pending") return;
  client.setQueryData<Item>(itemKey, ask);
  client.setQueryData<readonly Item[]>(listKey, (items) => items && putPending(items, ask));
  // An answer that is under way may have been made before this: it is asked for again.
  if (client.isFetching({ queryKey: listKey }) > 0) void client.invalidateQueries({ queryKey: listKey });
}

/** The list of what waits, with one that changed. */
export function putPending<Item extends Ask>(items: readonly Item[], ask: Item): readonly Item[] {
  const index = items.findIndex((candidate) => candidate.id === ask.id);
  if (ask.state !== "pending") return index === -1 ? items : items.toSpliced(index, 1);
  if (index !== -1) return items.with(index, ask);
  const after = items.findIndex((candidate) => candidate.created_at > ask.created_at);
  return items.toSpliced(after === -1 ? items.length : after, 0, ask);
}
