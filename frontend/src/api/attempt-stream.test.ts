import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FakeSocket, mockSockets } from "@/testing/fake-socket";
import { acceptAttemptFrame, followAttempt, type StreamState } from "./attempt-stream";
import type { AttemptFrame } from "./generated/types";

const ts = "2026-11-20T10:00:00.000Z";
const attemptId = "01900000-0000-7000-a000-000000000001";
const event = (seq: number, kind = "LOG"): AttemptFrame => ({
  type: "event",
  attempt_id: attemptId,
  seq,
  ts,
  event: { kind, payload: {} },
});
const batch = (...seqs: number[]): AttemptFrame => ({
  type: "events",
  attempt_id: attemptId,
  events: seqs.map((seq) => ({ seq, ts, event: { kind: "LOG", payload: {} } })),
});
const partial = (text: string, part: { is_reset?: boolean; is_thinking?: boolean } = {}): AttemptFrame => ({
  type: "partial",
  attempt_id: attemptId,
  is_reset: false,
  is_thinking: false,
  text,
  ...part,
});
const start: StreamState = { lastSeq: 2, partial: undefined };

describe("acceptAttemptFrame", () => {
  it.each([
    ["the next event", event(3), [3], 3, false],
    ["a repeat", event(2), [], 2, false],
    ["a gap", event(5), [], 2, true],
    ["a batch that overlaps", batch(1, 2, 3, 4), [3, 4], 4, false],
    ["a batch with a gap inside", batch(3, 5), [3], 3, true],
  ])("takes %s", (_, frame, seqs, lastSeq, isGap) => {
    const step = acceptAttemptFrame(start, frame);
    expect(step.events.map(({ seq }) => seq)).toEqual(seqs);
    expect(step.state.lastSeq).toBe(lastSeq);
    expect(step.isGap).toBe(isGap);
  });

  it("gathers partial text until the message replaces it", () => {
    const first = acceptAttemptFrame(start, partial("Hel", { is_reset: true })).state;
    const second = acceptAttemptFrame(first, partial("lo")).state;
    expect(second.partial).toEqual({ isThinking: false, text: "Hello" });
    expect(acceptAttemptFrame(second, event(3)).state.partial).toBe(second.partial);
    expect(acceptAttemptFrame(second, event(3, "MESSAGE")).state.partial).toBeUndefined();
  });

  it("begins anew when thinking turns to speech or the server resets", () => {
    const thinking = acceptAttemptFrame(start, partial("hm", { is_thinking: true })).state;
    expect(acceptAttemptFrame(thinking, partial("So")).state.partial).toEqual({ isThinking: false, text: "So" });
    expect(acceptAttemptFrame(thinking, partial("x", { is_reset: true, is_thinking: true })).state.partial?.text).toBe(
      "x",
    );
  });

  it("connects again when told that it fell behind", () => {
    expect(acceptAttemptFrame(start, { type: "resync", attempt_id: attemptId }).isGap).toBe(true);
  });
});

describe("followAttempt", () => {
  let sockets: FakeSocket[];
  beforeEach(() => {
    vi.useFakeTimers();
    sockets = mockSockets();
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it("goes on after the last event when the connection was lost", async () => {
    const seqs: number[] = [];
    const stop = followAttempt(attemptId, 0, {
      onEvents: (events) => seqs.push(...events.map(({ seq }) => seq)),
      onPartial: () => undefined,
      onStatus: () => undefined,
    });
    sockets[0]?.send(batch(1, 2));
    sockets[0]?.close();
    await vi.advanceTimersByTimeAsync(1000);
    expect(sockets[1]?.url).toContain(`/ws/attempts/${attemptId}?after=2`);
    sockets[1]?.send(batch(2, 3));
    expect(seqs).toEqual([1, 2, 3]);
    stop();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(sockets).toHaveLength(2);
  });
});
