/** Reads the files of a diff one by one, those in view first, a few at a time. */
import type { QueryClient } from "@tanstack/react-query";
import { type DiffView, readDiffFile } from "@/api/diff";
import { errorMessage } from "@/api/errors";
import { type FileLines, joinLines } from "./file-lines";
import { readLines } from "./worker/desk";

export type FileState = { head: string; lines: FileLines | undefined; error: string | undefined };
export type FileStates = ReadonlyMap<string, FileState>;

const atOnce = 6;
const publishMs = 16;

/** The files read so far. What is shown stays until its newer form is there. */
export class DiffFileStore {
  readonly #client: QueryClient;
  readonly #view: DiffView;
  readonly #listeners = new Set<() => void>();
  readonly #reading = new Set<string>();
  #states: FileStates = new Map();
  #changed = new Map<string, FileState>();
  #wanted: readonly string[] = [];
  #head = "";
  #isDue = false;

  constructor(client: QueryClient, view: DiffView) {
    this.#client = client;
    this.#view = view;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly read = (): FileStates => this.#states;

  /** Says which files are in view, of which commit; they are read in this order. */
  want(paths: readonly string[], head: string): void {
    this.#wanted = paths;
    this.#head = head;
    this.#readNext();
  }

  /** Reads a file again that could not be read. */
  readonly retry = (path: string): void => {
    this.#put(path, { head: "", lines: undefined, error: undefined });
    this.#readNext();
  };

  #readNext(): void {
    for (const path of this.#wanted) {
      if (this.#reading.size >= atOnce) return;
      const state = this.#changed.get(path) ?? this.#states.get(path);
      if (!this.#reading.has(path) && state?.head !== this.#head) void this.#readFile(path, this.#head);
    }
  }

  async #readFile(path: string, head: string): Promise<void> {
    this.#reading.add(path);
    try {
      const { attemptId, scope, hidesWhitespace, between } = this.#view;
      const lines = await this.#client.fetchQuery({
        queryKey: ["diff_file", attemptId, scope, hidesWhitespace, between ?? null, path, head],
        queryFn: ({ signal }) => this.#readPages(path, head, signal),
        // Lines are never changed, and comparing 100,000 of them would hold up the page.
        structuralSharing: false,
      });
      this.#put(path, { head, lines, error: undefined });
    } catch (error) {
      this.#put(path, { head, lines: this.#states.get(path)?.lines, error: errorMessage(error) });
    }
    this.#reading.delete(path);
    this.#readNext();
  }

  /** A long file is shown from its first page on. */
  async #readPages(path: string, head: string, signal: AbortSignal): Promise<FileLines> {
    let lines = await readLines(await readDiffFile(this.#view, path, 0, signal));
    while (lines.nextOffset !== undefined) {
      this.#put(path, { head, lines, error: undefined });
      lines = joinLines(lines, await readLines(await readDiffFile(this.#view, path, lines.nextOffset, signal)));
    }
    return lines;
  }

  /** Many small files arrive together; they are shown together. */
  #put(path: string, state: FileState): void {
    this.#changed.set(path, state);
    if (this.#isDue) return;
    this.#isDue = true;
    setTimeout(() => {
      this.#isDue = false;
      this.#states = new Map([...this.#states, ...this.#changed]);
      this.#changed = new Map();
      for (const listener of this.#listeners) listener();
    }, publishMs);
  }
}
