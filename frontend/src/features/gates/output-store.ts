/** Reads what a run printed: its end first, then what is new each time it is told that there is more. */
import { errorMessage } from "@/api/errors";
import { readGateOutput } from "@/api/gate-output";
import type { GateRunId } from "@/api/generated/types";

export type OutputState =
  | { type: "loading" }
  | { type: "failed"; message: string }
  | { type: "shown"; text: string; isCut: boolean };

/** Read at once: more than anybody reads, less than a moment. */
export const endBytes = 256 * 1024;
/** Kept of what goes on and on. */
const keptMax = 512 * 1024;

/** Follows one run until it is stopped. */
export class OutputStore {
  readonly #id: GateRunId;
  readonly #abort = new AbortController();
  readonly #decoder = new TextDecoder();
  readonly #listeners = new Set<() => void>();
  #state: OutputState = { type: "loading" };
  #read = 0;
  #wanted = 0;
  #isReading = false;

  constructor(id: GateRunId) {
    this.#id = id;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = (): OutputState => this.#state;

  /** There are so many bytes by now. */
  async readTo(total: number): Promise<void> {
    this.#wanted = Math.max(this.#wanted, total);
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      await this.#readOn();
    } catch (error) {
      if (!this.#abort.signal.aborted) this.#set({ type: "failed", message: errorMessage(error) });
    } finally {
      this.#isReading = false;
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  async #readOn(): Promise<void> {
    if (this.#state.type !== "shown") await this.#readEnd();
    while (this.#read < this.#wanted && (await this.#readNext()));
  }

  async #readEnd(): Promise<void> {
    const { signal } = this.#abort;
    // An empty output has no range.
    const part = this.#wanted === 0 ? undefined : await readGateOutput(this.#id, `bytes=-${endBytes}`, signal);
    this.#read = (part?.from ?? 0) + (part?.bytes.length ?? 0);
    const text = part ? this.#decoder.decode(part.bytes, { stream: true }) : "";
    this.#set({
      type: "shown",
      text: part && part.from > 0 ? afterFirstLine(text) : text,
      isCut: (part?.from ?? 0) > 0,
    });
  }

  /** With the byte before it: a range that begins at the end would be an error. Returns whether anything came. */
  async #readNext(): Promise<boolean> {
    const known = Math.max(0, this.#read - 1);
    const part = await readGateOutput(this.#id, `bytes=${known}-`, this.#abort.signal);
    const fresh = part?.bytes.subarray(this.#read - known) ?? new Uint8Array();
    if (fresh.length === 0) return false;
    this.#read += fresh.length;
    const text = (this.#state.type === "shown" ? this.#state.text : "") + this.#decoder.decode(fresh, { stream: true });
    const wasCut = this.#state.type === "shown" && this.#state.isCut;
    const isLong = text.length > keptMax;
    this.#set({ type: "shown", text: isLong ? afterFirstLine(text.slice(-keptMax)) : text, isCut: wasCut || isLong });
    return true;
  }

  #set(state: OutputState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function afterFirstLine(text: string): string {
  return text.slice(text.indexOf("\n") + 1);
}
