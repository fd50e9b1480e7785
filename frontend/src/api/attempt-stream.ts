/** The live log of one attempt: every stored event once and in order, and the text that is being written now. */
import type { AttemptFrame, AttemptId, Event } from "./generated/types";
import { attemptFrame } from "./schemas";
import { openSocket, type SocketStatus } from "./socket";

/** Text that is still being written; the event that follows replaces it. */
export type Partial = { isThinking: boolean; text: string };

export type StreamState = { lastSeq: number; partial: Partial | undefined };

export type StreamStep = {
  state: StreamState;
  /** New events, without gap or repeat. */
  events: Event[];
  /** Whether the connection must be made anew, to go on after `lastSeq`. */
  isGap: boolean;
};

/** Takes one frame into account. Repeats are dropped; a gap delivers nothing and asks for a new connection. */
export function acceptAttemptFrame(state: StreamState, frame: AttemptFrame): StreamStep {
  switch (frame.type) {
    case "event":
      return acceptEvents(state, [{ seq: frame.seq, ts: frame.ts, ...frame.event }]);
    case "events":
      return acceptEvents(
        state,
        frame.events.map(({ seq, ts, event }) => ({ seq, ts, ...event })),
      );
    case "partial":
      return { state: { ...state, partial: acceptPartial(state.partial, frame) }, events: [], isGap: false };
    case "resync":
      return { state: { ...state, partial: undefined }, events: [], isGap: true };
  }
}

function acceptEvents(state: StreamState, received: Event[]): StreamStep {
  const events: Event[] = [];
  let lastSeq = state.lastSeq;
  for (const event of received) {
    if (event.seq <= lastSeq) continue;
    if (event.seq !== lastSeq + 1) return { state: { ...state, lastSeq }, events, isGap: true };
    lastSeq = event.seq;
    events.push(event);
  }
  const isReplaced = events.some((event) => ["MESSAGE", "THINKING", "TOOL_CALL"].includes(event.kind));
  return { state: { lastSeq, partial: isReplaced ? undefined : state.partial }, events, isGap: false };
}

function acceptPartial(partial: Partial | undefined, frame: Extract<AttemptFrame, { type: "partial" }>): Partial {
  const goesOn = partial !== undefined && !frame.is_reset && partial.isThinking === frame.is_thinking;
  return { isThinking: frame.is_thinking, text: goesOn ? partial.text + frame.text : frame.text };
}

export type AttemptStreamEvents = {
  onEvents: (events: Event[]) => void;
  onPartial: (partial: Partial | undefined) => void;
  onStatus: (status: SocketStatus) => void;
};

/** Follows an attempt after `afterSeq`, over lost connections too, until the returned function is called. */
export function followAttempt(attemptId: AttemptId, afterSeq: number, listener: AttemptStreamEvents): () => void {
  let state: StreamState = { lastSeq: afterSeq, partial: undefined };

  const showPartial = (next: StreamState) => {
    const hasChanged = next.partial !== state.partial;
    state = next;
    if (hasChanged) listener.onPartial(next.partial);
  };
  const socket = openSocket({
    path: () => `/ws/attempts/${attemptId}?after=${state.lastSeq}`,
    onStatus: (status) => {
      if (status !== "open") showPartial({ ...state, partial: undefined });
      listener.onStatus(status);
    },
    onFrame: (received) => {
      const frame = attemptFrame.safeParse(received);
      if (!frame.success) return;
      const step = acceptAttemptFrame(state, frame.data);
      if (step.events.length > 0) listener.onEvents(step.events);
      showPartial(step.state);
      if (step.isGap) socket.restart();
    },
  });
  return socket.close;
}
