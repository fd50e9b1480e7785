/** Which part of a raw stream is shown, and how its bytes become lines. Knows nothing of the network or the widget. */

/** Bytes of the stream from `from` up to and without `to`. */
export type RawPart = { from: number; to: number };

/** Read at once; more than a screen, less than a moment. */
export const partBytes = 256 * 1024;
/** Held back for its line end at most. */
const heldMax = 64 * 1024;

/** The end of a stream of `total` bytes. */
export function lastPart(total: number): RawPart {
  return { from: Math.max(0, total - partBytes), to: total };
}

/** The part before another one. */
export function partBefore(part: RawPart): RawPart {
  return { from: Math.max(0, part.from - partBytes), to: part.from };
}

/** The part after another one, up to the end. */
export function partAfter(part: RawPart, total: number): RawPart {
  return { from: part.to, to: Math.min(total, part.to + partBytes) };
}

/** Whether nothing follows a part. */
export function isAtEnd(part: RawPart, total: number): boolean {
  return part.to >= total;
}

/** `0.3 to 0.5 of 1.2 MB`. */
export function describePart(part: RawPart, total: number): string {
  if (part.from === 0 && part.to >= total) return `all ${formatBytes(total)}`;
  return `${formatBytes(part.from)} to ${formatBytes(part.to)} of ${formatBytes(total)}`;
}

/** `812 B`, `45 kB`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Turns the stream's bytes into whole lines, whatever pieces they come in. */
export class LineReader {
  #decoder = new TextDecoder();
  #held = "";
  #skipsFirst: boolean;

  /** A part from the middle begins within a line, which is passed over. */
  constructor(startsAtLine: boolean) {
    this.#skipsFirst = !startsAtLine;
  }

  /** The lines that are whole by now; a line without end is given out in pieces. */
  read(bytes: Uint8Array): string {
    const text = this.#held + this.#decoder.decode(bytes, { stream: true });
    const end = text.lastIndexOf("\n") + 1;
    const isOverdue = end === 0 && text.length > heldMax;
    const ready = isOverdue ? text : text.slice(0, end);
    this.#held = isOverdue ? "" : text.slice(end);
    return this.#skip(ready);
  }

  /** What is left when nothing follows for now. */
  flush(): string {
    const rest = this.#held;
    this.#held = "";
    return this.#skip(rest);
  }

  #skip(ready: string): string {
    if (!this.#skipsFirst || ready === "") return ready;
    this.#skipsFirst = false;
    const first = ready.indexOf("\n");
    return first === -1 ? ready : ready.slice(first + 1);
  }
}
