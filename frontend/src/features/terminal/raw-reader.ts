/** Reads a raw stream into a screen: its end first and what follows, or any other part of it. */
import { readRaw } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import type { AttemptId } from "@/api/generated/types";
import { isAtEnd, LineReader, partAfter, partBefore, partBytes, type RawPart } from "./model";
import type { Screen } from "./screen";

export type RawState =
  | { type: "loading" }
  | { type: "failed"; message: string }
  | { type: "shown"; part: RawPart; total: number; isFollowing: boolean };

type Wanted = "end" | "start" | "before" | "after";

/** Keeps a screen filled until it is stopped. */
export class RawReader {
  readonly #attemptId: AttemptId;
  readonly #screen: Screen;
  readonly #onState: (state: RawState) => void;
  #abort = new AbortController();
  #lines = new LineReader(true);
  #state: RawState = { type: "loading" };
  #isReading = false;

  constructor(attemptId: AttemptId, screen: Screen, onState: (state: RawState) => void) {
    this.#attemptId = attemptId;
    this.#screen = screen;
    this.#onState = onState;
  }

  /** Shows another part in place of what is there. */
  async show(wanted: Wanted): Promise<void> {
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    this.#isReading = true;
    try {
      const part = await readRaw(this.#attemptId, this.#rangeOf(wanted), signal);
      if (signal.aborted) return;
      this.#replace(part?.bytes ?? new Uint8Array(), part?.from ?? 0, part?.total ?? 0, wanted);
    } catch (error) {
      if (!signal.aborted) this.#set({ type: "failed", message: errorMessage(error) });
    } finally {
      if (!signal.aborted) this.#isReading = false;
    }
  }

  /** Reads what came since, where the end is followed. */
  async readOn(): Promise<void> {
    const state = this.#state;
    if (this.#isReading || state.type !== "shown" || !state.isFollowing) return;
    const { signal } = this.#abort;
    this.#isReading = true;
    try {
      const part = await readRaw(this.#attemptId, rangeAfter(state.part.to), signal);
      if (signal.aborted) return;
      if (part) this.#append(part.bytes.subarray(state.part.to - part.from), part.total, state.part.from);
    } catch {
      // The next reading tries again from the same byte; the strip under the top bar says that the server is away.
      return;
    } finally {
      if (!signal.aborted) this.#isReading = false;
    }
  }

  /** Shows a last line that has no end, once nothing will follow. */
  finish(): void {
    this.#screen.write(this.#lines.flush());
  }

  stop(): void {
    this.#abort.abort();
  }

  #rangeOf(wanted: Wanted): string {
    const shown = this.#state.type === "shown" ? this.#state : undefined;
    if (wanted === "start") return `bytes=0-${partBytes - 1}`;
    if (wanted === "end" || !shown) return `bytes=-${partBytes}`;
    const part = wanted === "before" ? partBefore(shown.part) : partAfter(shown.part, shown.total);
    return `bytes=${part.from}-${part.to - 1}`;
  }

  #replace(bytes: Uint8Array, from: number, total: number, wanted: Wanted): void {
    const part = { from, to: from + bytes.length };
    this.#lines = new LineReader(from === 0);
    this.#screen.clear();
    this.#screen.write(this.#lines.read(bytes));
    const isEnd = isAtEnd(part, total);
    if (!isEnd) this.#screen.write(this.#lines.flush());
    if (wanted === "end" || wanted === "before") this.#screen.toEnd();
    else this.#screen.toStart();
    this.#set({ type: "shown", part, total, isFollowing: isEnd });
  }

  #append(bytes: Uint8Array, total: number, from: number): void {
    if (bytes.length === 0) return;
    this.#screen.write(this.#lines.read(bytes));
    const to = this.#state.type === "shown" ? this.#state.part.to + bytes.length : total;
    this.#set({ type: "shown", part: { from, to }, total: Math.max(total, to), isFollowing: true });
  }

  #set(state: RawState): void {
    this.#state = state;
    this.#onState(state);
  }
}

/** With the byte before it: a range that begins at the end of the stream would be an error. An empty one has no range. */
function rangeAfter(to: number): string | undefined {
  return to === 0 ? undefined : `bytes=${to - 1}-${to + partBytes * 4 - 1}`;
}
