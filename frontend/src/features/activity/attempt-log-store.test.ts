import { afterEach, describe, expect, it, vi } from "vitest";
import type { Event } from "@/api/generated/types";
import { mockSockets } from "@/testing/fake-socket";
import { mockNetwork } from "@/testing/network";
import { AttemptLogStore } from "./attempt-log-store";

const message = (seq: number): Event => ({
  seq,
  ts: "2026-11-20T10:00:00.000Z",
  kind: "MESSAGE",
  payload: { role: "assistant", text: `message ${seq}`, parent_tool_use_id: null, is_truncated: false },
});
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => message(from + index));

/** A server with that many events. */
function serve(count: number) {
  return (call: { path: string }) => {
    const query = new URLSearchParams(call.path.split("?")[1]);
    const end = Math.min(count, Number(query.get("before")) - 1);
    const items = range(Math.max(1, end - Number(query.get("limit")) + 1), end);
    return { body: { items, next_cursor: items[0]?.seq ?? null, last_seq: count } };
  };
}

function open(count: number, wantedSeq?: number) {
  const sockets = mockSockets();
  const { calls } = mockNetwork(
    Object.fromEntries(paths(count).map((path) => [`GET /api/attempts/a/events?${path}`, serve(count)])),
  );
  const store = new AttemptLogStore("a", wantedSeq);
  const stop = store.subscribe(() => undefined);
  const ready = () => vi.waitFor(() => expect(store.read().phase.type).toBe("ready"));
  return { store, stop, sockets, calls, ready };
}

/** Every page that the store may ask for. */
function paths(count: number): string[] {
  const befores = [2_147_483_647, ...Array.from({ length: count }, (_, index) => index + 1)];
  return befores.flatMap((before) => [400, 2000, 5000].map((limit) => `before=${before}&limit=${limit}`));
}

const seqs = (store: AttemptLogStore) => store.read().rows.map((row) => row.seq);

describe("AttemptLogStore", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("opens at the end and pages backwards without gap or repeat", async () => {
    const { store, ready, stop } = open(3000);
    await ready();
    expect(seqs(store)[0]).toBe(2601);
    expect(store.read()).toMatchObject({ hasEarlier: true, grew: "end" });
    await store.readEarlier();
    expect(store.read()).toMatchObject({ hasEarlier: true, grew: "start" });
    expect(seqs(store)[0]).toBe(601);
    await store.readEarlier();
    expect(seqs(store)).toEqual(Array.from({ length: 3000 }, (_, index) => index + 1));
    expect(store.read().hasEarlier).toBe(false);
    stop();
  });

  it("follows after the last event it has; text being written goes when its event comes", async () => {
    const { store, ready, sockets, stop } = open(10);
    await ready();
    const socket = sockets[0];
    expect(socket?.url).toContain("/ws/attempts/a?after=10");
    socket?.accept();
    socket?.send({ type: "partial", attempt_id: "a", is_reset: true, is_thinking: false, text: "mess" });
    expect(store.read().partial).toEqual({ isThinking: false, text: "mess" });
    const { seq, ts, kind, payload } = message(11);
    socket?.send({ type: "event", attempt_id: "a", seq, ts, event: { kind, payload } });
    expect(store.read().partial).toBeUndefined();
    expect(seqs(store).at(-1)).toBe(11);
    stop();
  });

  it("reads back to the event that an address names", async () => {
    const { store, ready, stop } = open(3000, 5);
    await ready();
    await vi.waitFor(() => expect(seqs(store)[0]).toBe(1));
    stop();
  });

  it("reads all although the list asks for a page meanwhile", async () => {
    const { store, ready, stop } = open(12_000);
    await ready();
    const all = store.readAll();
    void store.readEarlier();
    await vi.waitFor(() => expect(seqs(store).length).toBeGreaterThan(5000));
    void store.readEarlier();
    await all;
    expect(seqs(store)).toHaveLength(12_000);
    stop();
  });

  it("says why the log could not be read, and tries again when asked", async () => {
    mockSockets();
    let isDown = true;
    mockNetwork({
      "GET /api/attempts/a/events?before=2147483647&limit=400": () =>
        isDown
          ? { status: 503, body: { error: { code: "unavailable", message: "not ready" } } }
          : serve(3)({ path: "?before=99&limit=400" }),
    });
    const store = new AttemptLogStore("a", undefined);
    const stop = store.subscribe(() => undefined);
    await vi.waitFor(() => expect(store.read().phase).toEqual({ type: "failed", message: "Not ready" }));
    isDown = false;
    store.retry();
    await vi.waitFor(() => expect(seqs(store)).toEqual([1, 2, 3]));
    stop();
  });

  it("keeps what it has when an earlier page cannot be read", async () => {
    mockSockets();
    const { calls } = mockNetwork({ "GET /api/attempts/a/events?before=2147483647&limit=400": serve(1000) });
    const store = new AttemptLogStore("a", undefined);
    const stop = store.subscribe(() => undefined);
    await vi.waitFor(() => expect(store.read().phase.type).toBe("ready"));
    await store.readEarlier();
    expect(store.read()).toMatchObject({ isReadingEarlier: false, earlierError: "There is no such thing" });
    await store.readEarlier();
    expect(calls).toHaveLength(2);
    await store.retryEarlier();
    expect(calls).toHaveLength(3);
    expect(seqs(store)[0]).toBe(601);
    stop();
  });
});
