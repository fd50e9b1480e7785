/** The paint of lines, made when they come into view. */
import { type FileLines, lineText } from "./file-lines";
import { paint } from "./worker/desk";
import type { Paint } from "./worker/messages";

const blockLines = 400;
/** Lines before a block that are read along, for comments and texts that began there. */
const leadLines = 120;
const atOnce = 2;
const waitingMax = 24;

type Blocks = Map<number, readonly Paint[]>;
type Work = { lines: FileLines; block: number; blocks: Blocks };

/** What is painted so far. */
export type Paints = { paintOf: (lines: FileLines, index: number) => Paint | undefined };

/** Has lines painted that come into view, and tells when they are. */
export class PaintStore {
  readonly #blocks = new WeakMap<FileLines, Blocks>();
  readonly #listeners = new Set<() => void>();
  #paints: Paints = { paintOf: (lines, index) => this.#paintOf(lines, index) };
  #isDue = false;
  #inHand = 0;
  readonly #waiting: Work[] = [];

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The paints as they are now: another object each time that there are more. */
  readonly read = (): Paints => this.#paints;

  #paintOf(lines: FileLines, index: number): Paint | undefined {
    return this.#blocks.get(lines)?.get(Math.floor(index / blockLines))?.[index % blockLines];
  }

  /** Says that a line is in view. */
  want(lines: FileLines, index: number): void {
    const blocks: Blocks = this.#blocks.get(lines) ?? new Map();
    this.#blocks.set(lines, blocks);
    const block = Math.floor(index / blockLines);
    if (blocks.has(block)) return;
    blocks.set(block, []);
    this.#waiting.push({ lines, block, blocks });
    this.#paintNext();
  }

  /** What came into view last is painted first: whoever scrolls far does not wait for what went by. */
  #paintNext(): void {
    if (this.#inHand >= atOnce) return;
    const next = this.#waiting.pop();
    if (next) void this.#paintBlock(next);
    // What went by is asked for again if it comes back into view.
    for (const { block, blocks } of this.#waiting.splice(0, this.#waiting.length - waitingMax)) blocks.delete(block);
  }

  async #paintBlock({ lines, block, blocks }: Work): Promise<void> {
    this.#inHand += 1;
    try {
      blocks.set(block, await paint(workOf(lines, block)));
      this.#announce();
    } catch {
      // Code without colours is still code: it stays plain, and nobody is told.
      blocks.set(block, []);
    }
    this.#inHand -= 1;
    this.#paintNext();
  }

  #announce(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#paints = { paintOf: (lines, index) => this.#paintOf(lines, index) };
      for (const listener of this.#listeners) listener();
    });
  }
}

function workOf(lines: FileLines, block: number) {
  const start = block * blockLines;
  const from = Math.max(0, start - leadLines, leadLimit(lines, start));
  const end = Math.min(lines.ends.length, start + blockLines);
  const indices = Array.from({ length: end - from }, (_, index) => from + index);
  const textOf = (index: number) => lineText(lines, index);
  return {
    path: lines.file.path,
    lead: start - from,
    starts: lines.hunks.map((hunk) => hunk.from - from).filter((at) => at > 0 && at < end - from),
    kindOf: indices.map((index) => lines.kindOf[index] ?? 0),
    texts: indices.map(textOf),
    partners: indices.map((index) => {
      const partner = lines.partner[index] ?? -1;
      return partner === -1 ? null : textOf(partner);
    }),
  };
}

/** What stands before a hunk says nothing about its lines. */
function leadLimit(lines: FileLines, start: number): number {
  return lines.hunks.find((hunk) => hunk.from <= start && start < hunk.to)?.from ?? 0;
}
