import { vi } from "vitest";

export type Call = { method: string; path: string; body: unknown };
type Answer = { status?: number; body?: unknown };
type Route = (call: Call) => Answer | Promise<Answer>;

/** Replaces the network: each route is `METHOD /path`, and every call is kept. An unknown one is answered 404. */
export function mockNetwork(routes: Record<string, Route>): { calls: Call[] } {
  const calls: Call[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit = {}) => {
    const body: unknown = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
    const call = { method: init.method ?? "GET", path, body };
    calls.push(call);
    const route = routes[`${call.method} ${path}`];
    const answer = route ? await route(call) : notFound;
    const status = answer.status ?? 200;
    return new Response(status === 204 ? null : JSON.stringify(answer.body ?? {}), { status });
  });
  return { calls };
}

const notFound: Answer = { status: 404, body: { error: { code: "not_found", message: "there is no such thing" } } };

/** A list as the server sends it. */
export function page<Item>(items: readonly Item[]) {
  return { items, next_cursor: null };
}
