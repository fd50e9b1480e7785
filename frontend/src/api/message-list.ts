/** Writes messages into the lists that are shown. */
import type { QueryClient } from "@tanstack/react-query";
import type { Message } from "./generated/types";

/** Writes a message into the lists that are shown, as the socket does. */
export function putMessage(client: QueryClient, changed: Message): void {
  const keys = [["messages", "task", changed.task_id]];
  if (changed.attempt_id !== null) keys.push(["messages", "attempt", changed.attempt_id]);
  for (const key of keys) putInList(client, key, changed);
}

function putInList(client: QueryClient, queryKey: string[], changed: Message): void {
  client.setQueryData<readonly Message[]>(queryKey, (messages) => {
    const index = messages?.findIndex((candidate) => candidate.id === changed.id);
    return index === undefined || index === -1 ? messages && [...messages, changed] : messages?.with(index, changed);
  });
  // An answer that is under way may have been made before this: it is asked for again.
  if (client.isFetching({ queryKey }) > 0) void client.invalidateQueries({ queryKey });
}
