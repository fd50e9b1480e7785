/** Reads an attempt's log: the end first, earlier pages on demand, and everything that follows live. */
import { followAttempt, type Partial as PartialText } from "@/api/attempt-stream";
import { readEvents } from "@/api/attempts";
import { errorMessage } from "@/api/errors";
import type { AttemptId, EventPage } from "@/api/generated/types";
import type { SocketStatus } from "@/api/socket";
import { AttemptLog, type Row } from "./model";

export type LogPhase = { type: "loading" } | { type: "ready" } | { type: "failed"; message: string };
export type LogSnapshot = {
  phase: LogPhase;
  rows: readonly Row[];
  /** Where the last rows came in; the list keeps its place by it. */
  grew: "end" | "start";
  hasEarlier: boolean;
  isReadingEarlier: boolean;
  /** Why the earlier page could not be read. */
  earlierError: string | undefined;
  /** Text that is being written now. */
  partial: PartialText | undefined;
  connection: SocketStatus;
};

const firstPage = 400;
const laterPage = 2000;
const largePage = 5000;
const publishMs = 33;
const wholeMax = 2_147_483_647;
const empty: LogSnapshot = {
  phase: { type: "loading" },
  rows: [],
  grew: "end",
  hasEarlier: false,
  isReadingEarlier: false,
  earlierError: undefined,
  partial: undefined,
  connection: "connecting",
};

/** The log of one attempt. It reads for as long as somebody listens. */
export class AttemptLogStore {
  readonly #attemptId: AttemptId;
  readonly #wantedSeq: number | undefined;
  readonly #listeners = new Set<() => void>();
  #log = new AttemptLog();
  #snapshot = empty;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #session: AbortController | undefined;
  #stopFollowing: () => void = () => undefined;
  #reading: Promise<void> | undefined;

  /** `wantedSeq` is read at once, however far back it is. */
  constructor(attemptId: AttemptId, wantedSeq: number | undefined) {
    this.#attemptId = attemptId;
    this.#wantedSeq = wantedSeq;
  }

  /** What is known now; the same object until something changes. */
  readonly read = (): LogSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) void this.#start();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#stop();
    };
  };

  /** Reads the page before what is there. */
  readonly readEarlier = (): Promise<void> => this.#readBack(laterPage);

  /** Reads the page before what is there, after it could not be read. */
  readonly retryEarlier = (): Promise<void> => {
    this.#publish({ earlierError: undefined });
    return this.#readBack(laterPage);
  };

  /** Reads all that is before, for a search. */
  readonly readAll = (): Promise<void> => this.#readBackTo(1);

  /** Starts anew after a failure. */
  readonly retry = (): void => {
    this.#stop();
    this.#publish(empty);
    void this.#start();
  };

  async #start(): Promise<void> {
    const session = new AbortController();
    this.#session = session;
    try {
      const page = await readEvents(this.#attemptId, { before: wholeMax, limit: firstPage }, session.signal);
      // An abort after the answer arrived is not thrown.
      if (session.signal.aborted) return;
      this.#log = new AttemptLog();
      this.#log.append(page.items);
      this.#snapshot = { ...empty, phase: { type: "ready" } };
      this.#publishRows("end");
      this.#follow();
      if (this.#wantedSeq !== undefined) await this.#readBackTo(this.#wantedSeq);
    } catch (error) {
      if (!session.signal.aborted) this.#publish({ phase: { type: "failed", message: errorMessage(error) } });
    }
  }

  #stop(): void {
    this.#session?.abort();
    this.#session = undefined;
    this.#stopFollowing();
    this.#stopFollowing = () => undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #follow(): void {
    this.#stopFollowing = followAttempt(this.#attemptId, this.#log.lastSeq, {
      onEvents: (events) => {
        this.#log.append(events);
        this.#timer ??= setTimeout(() => this.#publishRows("end"), publishMs);
      },
      onPartial: (partial) => {
        // The event that replaces the text must be there when the text goes.
        if (this.#timer !== undefined) this.#publishRows("end");
        this.#publish({ partial });
      },
      onStatus: (connection) => this.#publish({ connection }),
    });
  }

  /** One page at a time: who asks while one is read waits for that one. */
  #readBack(limit: number): Promise<void> {
    this.#reading ??= this.#readPage(limit).finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readPage(limit: number): Promise<void> {
    const session = this.#session;
    const { hasEarlier, earlierError } = this.#snapshot;
    // What failed is not asked for again by scrolling, only by the button that says so.
    if (!hasEarlier || earlierError !== undefined || !session) return;
    this.#publish({ isReadingEarlier: true });
    try {
      const before = this.#log.firstSeq ?? wholeMax;
      const page = await readEvents(this.#attemptId, { before, limit }, session.signal);
      if (!session.signal.aborted) this.#takeEarlier(page);
    } catch (error) {
      if (!session.signal.aborted) this.#publish({ isReadingEarlier: false, earlierError: errorMessage(error) });
    }
  }

  async #readBackTo(seq: number): Promise<void> {
    const session = this.#session;
    while ((this.#log.firstSeq ?? 1) > seq && this.#snapshot.hasEarlier && this.#snapshot.earlierError === undefined) {
      if (session === undefined || session !== this.#session) return;
      // Each page names where the one before it ends.
      // oxlint-disable-next-line no-await-in-loop
      await this.#readBack(largePage);
    }
  }

  #takeEarlier(page: EventPage): void {
    // What came live meanwhile is shown first: one change has one direction.
    if (this.#timer !== undefined) this.#publishRows("end");
    this.#log.prepend(page.items);
    this.#snapshot = { ...this.#snapshot, isReadingEarlier: false };
    this.#publishRows("start");
    // A page without anything new would be asked for again and again.
    if (page.items.length === 0) this.#publish({ hasEarlier: false });
  }

  #publishRows(grew: "end" | "start"): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#publish({ rows: [...this.#log.rows], grew, hasEarlier: (this.#log.firstSeq ?? 1) > 1 });
  }

  #publish(change: Partial<LogSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
