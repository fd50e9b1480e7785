/**
 * The log of an attempt as rows: a tool call and its result are one row, what a subagent did stands inside its call,
 * noise is gathered. Knows nothing of React or the network.
 *
 * Events arrive in order at the end, and page by page before the start; the rows depend on which events are there and
 * never on how they came.
 */
import * as z from "zod/mini";
import type { Event, EventBody, JsonValue } from "@/api/generated/types";
import { eventBody } from "@/api/schemas";

type Payload<Kind extends EventBody["kind"]> = Extract<EventBody, { kind: Kind }>["payload"];
type Base = { key: string; seq: number; ts: string; depth: number };

export type ToolRow = Base & {
  type: "tool";
  call: Payload<"TOOL_CALL"> | undefined;
  result: (Payload<"TOOL_RESULT"> & { ts: string }) | undefined;
  /** When it began to run; a call that was asked for first begins with the answer. */
  startedTs: string;
  children: readonly Row[];
};
export type LogLine = { ts: string; message: string };
export type Row =
  | (Base & { type: "message" } & Payload<"MESSAGE">)
  | (Base & { type: "thinking" } & Payload<"THINKING">)
  | ToolRow
  | (Base & { type: "status" } & Payload<"STATUS">)
  | (Base & { type: "approval" } & Payload<"APPROVAL">)
  | (Base & { type: "question" } & Payload<"QUESTION">)
  | (Base & { type: "criterion" } & Payload<"CRITERION">)
  | (Base & { type: "command" } & Payload<"COMMAND">)
  | (Base & { type: "gate" } & Payload<"GATE_RESULT">)
  | (Base & { type: "artifact" } & Payload<"ARTIFACT">)
  | (Base & { type: "progress"; count: number } & Payload<"PROGRESS">)
  | (Base & { type: "note" } & Payload<"LOG">)
  | (Base & { type: "output"; stream: "stdout" | "stderr" | "unknown"; lines: readonly LogLine[] })
  | (Base & { type: "error" } & Payload<"ERROR">);

export type AskRow = Extract<Row, { type: "approval" | "question" }>;

type Known = { seq: number; ts: string; body: EventBody };
/** Where a row stands: in the log, or among the children of a tool call. */
type Place = { parentId: string | undefined; index: number };

/** Lines gathered in one row at most; a row is copied when it grows. */
const gatheredMax = 200;

/** The rows of the events that were given so far. */
export class AttemptLog {
  #events: Known[] = [];
  #rows: Row[] = [];
  #places = new Map<string, Place>();

  /** The rows; the same array for as long as nothing changes is not promised, the same row object is. */
  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** The first event that is there; none in an empty log. */
  get firstSeq(): number | undefined {
    return this.#events[0]?.seq;
  }

  /** The last event that is there; 0 in an empty log. */
  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  /** Takes events that follow; those that are there already are passed over. */
  append(events: readonly Event[]): void {
    for (const event of events) {
      if (event.seq <= this.lastSeq) continue;
      const known = readEvent(event);
      this.#events.push(known);
      this.#add(known);
    }
  }

  /** Takes events from before the first one. Their results and children may stand in what is there, so all is built anew. */
  prepend(events: readonly Event[]): void {
    const first = this.firstSeq ?? Number.MAX_SAFE_INTEGER;
    const earlier = events.filter((event) => event.seq < first).map(readEvent);
    this.#events = [...earlier, ...this.#events];
    this.#rows = [];
    this.#places = new Map();
    for (const event of this.#events) this.#add(event);
  }

  #add({ seq, ts, body }: Known): void {
    const base = { key: String(seq), seq, ts, depth: 0 };
    switch (body.kind) {
      case "MESSAGE":
        return this.#push({ ...base, type: "message", ...body.payload }, body.payload.parent_tool_use_id);
      case "THINKING":
        return this.#push({ ...base, type: "thinking", ...body.payload }, body.payload.parent_tool_use_id);
      case "TOOL_CALL":
        return this.#addCall(base, body.payload);
      case "TOOL_RESULT":
        return this.#addResult(base, body.payload);
      case "APPROVAL":
        return this.#addAsk(`approval ${body.payload.approval_id}`, { ...base, type: "approval", ...body.payload });
      case "QUESTION":
        return this.#addAsk(`question ${body.payload.question_id}`, { ...base, type: "question", ...body.payload });
      case "CRITERION":
        return this.#push({ ...base, type: "criterion", ...body.payload });
      case "PROGRESS":
        return this.#addProgress(base, body.payload);
      case "LOG":
        return this.#addLog(base, body.payload);
      case "STATUS":
        return this.#push({ ...base, type: "status", ...body.payload });
      case "COMMAND":
        return this.#push({ ...base, type: "command", ...body.payload });
      case "GATE_RESULT":
        return this.#push({ ...base, type: "gate", ...body.payload });
      case "ARTIFACT":
        return this.#push({ ...base, type: "artifact", ...body.payload });
      case "ERROR":
        return this.#push({ ...base, type: "error", ...body.payload });
      case "USAGE":
        return;
    }
  }

  #addCall(base: Base, call: Payload<"TOOL_CALL">): void {
    this.#push(
      { ...base, type: "tool", call, result: undefined, startedTs: base.ts, children: [] },
      call.parent_tool_use_id,
      call.tool_use_id,
    );
  }

  #addResult(base: Base, payload: Payload<"TOOL_RESULT">): void {
    const result = { ...payload, ts: base.ts };
    const place = this.#places.get(payload.tool_use_id);
    const row = place && this.#at(place);
    if (place && row?.type === "tool") return this.#replace(place, { ...row, result });
    this.#push(
      { ...base, type: "tool", call: undefined, result, startedTs: base.ts, children: [] },
      payload.parent_tool_use_id,
    );
  }

  /** An answer takes the place of what was asked; a call that was allowed begins with it. */
  #addAsk(id: string, row: AskRow): void {
    if (row.type === "approval" && row.state === "allowed") this.#begin(row.tool_use_id, row.ts);
    const place = this.#places.get(id);
    const asked = place && this.#at(place);
    if (!place || asked === undefined) return this.#push(row, null, id);
    this.#replace(place, { ...row, key: asked.key, seq: asked.seq, ts: asked.ts, depth: asked.depth });
  }

  #begin(toolUseId: string | undefined, startedTs: string): void {
    const place = toolUseId === undefined ? undefined : this.#places.get(toolUseId);
    const row = place && this.#at(place);
    if (place && row?.type === "tool") this.#replace(place, { ...row, startedTs });
  }

  #addProgress(base: Base, payload: Payload<"PROGRESS">): void {
    const last = this.#rows.at(-1);
    if (last?.type !== "progress" || last.phase !== payload.phase) {
      return this.#push({ ...base, type: "progress", count: 1, ...payload });
    }
    this.#rows[this.#rows.length - 1] = { ...last, ...payload, count: last.count + 1 };
  }

  #addLog(base: Base, payload: Payload<"LOG">): void {
    const { stream, message } = payload;
    if (stream === "board" || stream === "agent") return this.#push({ ...base, type: "note", ...payload });
    const line = { ts: base.ts, message };
    const last = this.#rows.at(-1);
    if (last?.type !== "output" || last.stream !== stream || last.lines.length >= gatheredMax) {
      return this.#push({ ...base, type: "output", stream, lines: [line] });
    }
    this.#rows[this.#rows.length - 1] = { ...last, lines: [...last.lines, line] };
  }

  /** Puts a row at the end of its list: its parent's children, or the log where the parent is not known. */
  #push(row: Row, parentId: string | null = null, id?: string): void {
    const place = parentId === null ? undefined : this.#places.get(parentId);
    const parent = place && this.#at(place);
    if (parentId === null || !place || parent?.type !== "tool") {
      if (id !== undefined) this.#places.set(id, { parentId: undefined, index: this.#rows.length });
      this.#rows.push(row);
      return;
    }
    if (id !== undefined) this.#places.set(id, { parentId, index: parent.children.length });
    this.#replace(place, { ...parent, children: [...parent.children, { ...row, depth: parent.depth + 1 }] });
  }

  #at(place: Place): Row | undefined {
    if (place.parentId === undefined) return this.#rows[place.index];
    const parent = this.#parentOf(place);
    return parent?.row.children[place.index];
  }

  #replace(place: Place, row: Row): void {
    if (place.parentId === undefined) {
      this.#rows[place.index] = row;
      return;
    }
    const parent = this.#parentOf(place);
    if (parent) this.#replace(parent.place, { ...parent.row, children: parent.row.children.with(place.index, row) });
  }

  #parentOf(place: Place): { place: Place; row: ToolRow } | undefined {
    const parentPlace = place.parentId === undefined ? undefined : this.#places.get(place.parentId);
    const row = parentPlace && this.#at(parentPlace);
    return parentPlace && row?.type === "tool" ? { place: parentPlace, row } : undefined;
  }
}

/** The rows to show: the children of the open ones stand below them. */
export function openRows(rows: readonly Row[], isOpen: (key: string) => boolean): readonly Row[] {
  return rows.flatMap((row) =>
    row.type === "tool" && row.children.length > 0 && isOpen(row.key) ? [row, ...openRows(row.children, isOpen)] : row,
  );
}

/** The calls that wait for a person and do not run yet. */
export function waitingCalls(rows: readonly Row[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const row of rows) {
    if (row.type === "approval" && row.state === "pending" && row.tool_use_id !== undefined) ids.add(row.tool_use_id);
  }
  return ids;
}

/** Tools of the board's own whose effect is a row of its own. */
const toldByEffect = new Set(["mcp__board__report_progress", "mcp__board__set_criterion"]);

/**
 * The rows without those that only repeat others: that the agent waits, or goes on, for what it asked (the question and
 * its answer tell that; a change with a reason stays), and its calls of the board whose effect stands below them.
 */
export function withoutRepeats(rows: readonly Row[]): readonly Row[] {
  return rows.filter((row) => {
    if (row.type === "status") return row.reason !== null || !isWait(row);
    return row.type !== "tool" || row.result?.is_error === true || !toldByEffect.has(row.call?.name ?? "");
  });
}

function isWait({ from, to }: Payload<"STATUS">): boolean {
  return (from === "running" && to === "waiting") || (from === "waiting" && to === "running");
}

/** A row that a search found, and the rows that must be open to see it. */
export type Hit = { key: string; ancestors: readonly string[] };

/** The rows that contain a text, whatever its case. */
export function findRows(rows: readonly Row[], query: string, ancestors: readonly string[] = []): Hit[] {
  const pattern = new RegExp(query.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`), "iu");
  return rows.flatMap((row) => {
    const inside = row.type === "tool" ? findRows(row.children, query, [...ancestors, row.key]) : [];
    return matches(row, pattern) ? [{ key: row.key, ancestors }, ...inside] : inside;
  });
}

function matches(row: Row, pattern: RegExp): boolean {
  return textsOf(row).some((text) => pattern.test(text));
}

function textsOf(row: Row): readonly string[] {
  switch (row.type) {
    case "message":
    case "thinking":
      return [row.text];
    case "tool":
      return [row.call?.name ?? "", ...leaves(row.call?.input ?? null), row.result?.content ?? ""];
    case "status":
      return [row.to, row.reason ?? ""];
    case "approval":
      return [row.tool_name, row.message ?? "", ...leaves(row.tool_input)];
    case "question":
      return [...row.questions.map((item) => item.question), ...Object.values(row.answers ?? {}), row.message ?? ""];
    case "criterion":
      return [row.text, row.evidence ?? ""];
    case "command":
      return [row.cmd];
    case "gate":
      return [row.gate, row.message ?? ""];
    case "artifact":
      return [row.kind, row.ref, row.title ?? ""];
    case "progress":
    case "note":
      return [row.message];
    case "output":
      return row.lines.map((line) => line.message);
    case "error":
      return [row.message, row.detail ?? ""];
  }
}

function leaves(value: JsonValue): readonly string[] {
  if (value === null || typeof value === "boolean") return [];
  if (typeof value !== "object") return [String(value)];
  return (Array.isArray(value) ? value : Object.values(value)).flatMap(leaves);
}

const unreadable = z.object({ kind: z.string(), payload: z.unknown() });

/** An event of a kind or shape that this page does not know counts as an unknown entry; it is never dropped. */
function readEvent(event: Event): Known {
  const read = eventBody.safeParse({ kind: event.kind, payload: event.payload });
  if (read.success) return { seq: event.seq, ts: event.ts, body: read.data };
  const message = JSON.stringify(unreadable.parse(event), undefined, 2);
  const payload = { level: "info", stream: "unknown", message, is_truncated: false } as const;
  return { seq: event.seq, ts: event.ts, body: { kind: "LOG", payload } };
}
