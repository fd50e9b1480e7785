/** Reads the files of a diff one by one, those in view first, a few at a time. */
import type { QueryClient } from "@tanstack/react-query";
import { diffFileQuery } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import type { AttemptId, DiffFileHunks } from "@/api/generated/types";

export type FileState = { head: string; hunks: DiffFileHunks | undefined; error: string | undefined };
export type FileStates = ReadonlyMap<string, FileState>;

const atOnce = 6;
const publishMs = 16;

/** The files read so far. What is shown stays until its newer form is there. */
export class DiffFileStore {
  readonly #client: QueryClient;
  readonly #attemptId: AttemptId;
  readonly #listeners = new Set<() => void>();
  readonly #reading = new Set<string>();
  #states: FileStates = new Map();
  #changed = new Map<string, FileState>();
  #wanted: readonly string[] = [];
  #head = "";
  #isDue = false;

  constructor(client: QueryClient, attemptId: AttemptId) {
    this.#client = client;
    this.#attemptId = attemptId;
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
    this.#put(path, { head: "", hunks: undefined, error: undefined });
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
      const hunks = await this.#client.fetchQuery(diffFileQuery(this.#attemptId, path, head));
      this.#put(path, { head, hunks, error: undefined });
    } catch (error) {
      const shown = this.#states.get(path)?.hunks;
      this.#put(path, { head, hunks: shown, error: errorMessage(error) });
    }
    this.#reading.delete(path);
    this.#readNext();
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
