/** The words for what a repository brings along. */
import type { TrustItem, TrustItemKind, TrustState } from "@/api/generated/types";
import { formatCount } from "@/lib/format";

const nouns: Record<TrustItemKind, string> = {
  hook: "hook",
  mcp_server: "MCP server",
  environment: "environment variable",
  helper: "helper command",
  permission: "permission rule",
  setting: "setting",
};

export const kindNames: Record<TrustItemKind, string> = {
  hook: "Hook",
  mcp_server: "MCP server",
  environment: "Environment variable",
  helper: "Helper command",
  permission: "Permission rule",
  setting: "Setting",
};

export const kindNotes: Record<TrustItemKind, string> = {
  hook: "a command that the agent's program runs by itself",
  mcp_server: "a program that is started, or an address that is called, for its tools",
  environment: "set for the agent and all that it runs",
  helper: "a command that the agent's program runs for credentials and the like",
  permission: "calls that the agent makes unasked, or never",
  setting: "changes how the agent's program works",
};

/** The weightiest first. */
const kinds = [
  "hook",
  "mcp_server",
  "helper",
  "environment",
  "permission",
  "setting",
] as const satisfies readonly TrustItemKind[];

/** What the things would do: not all of them run code by themselves. */
export function effectOf(items: readonly TrustItem[]): string {
  const runs = items.every(({ kind }) => kind === "hook" || kind === "mcp_server" || kind === "helper");
  return runs ? "that would run code" : "that would run code or change what agents do";
}

/** `2 hooks and 1 MCP server`. */
export function countItems(items: readonly TrustItem[]): string {
  const counts = new Map<TrustItemKind, number>();
  for (const item of items) counts.set(item.kind, (counts.get(item.kind) ?? 0) + 1);
  const parts = kinds.flatMap((kind) => {
    const count = counts.get(kind);
    return count === undefined ? [] : [formatCount(count, nouns[kind])];
  });
  const last = parts.at(-1) ?? "nothing";
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`;
}

export const stateWords: Record<Exclude<TrustState, "nothing">, string> = {
  undecided: "Nobody has decided yet: agents run without these.",
  changed: "You trusted what stood here before. It has changed since, so agents run without it until you decide again.",
  trusted: "Trusted. Agents get exactly what stands here; as soon as it changes you are asked again.",
  refused: "Never. Agents run without these.",
};
