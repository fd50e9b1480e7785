import { describe, expect, test } from "vitest";
import type { Event, EventBody } from "@/api/generated/types";
import { AttemptLog, findRows, openRows, type Row, withoutRepeats } from "./model";

const message = (text: string, parent: string | null = null): EventBody => ({
  kind: "MESSAGE",
  payload: { role: "assistant", text, parent_tool_use_id: parent, is_truncated: false },
});
const call = (id: string, name = "Bash", parent: string | null = null): EventBody => ({
  kind: "TOOL_CALL",
  payload: { tool_use_id: id, name, input: { command: `run ${id}` }, parent_tool_use_id: parent },
});
const result = (id: string, content = "ok", parent: string | null = null): EventBody => ({
  kind: "TOOL_RESULT",
  payload: { tool_use_id: id, is_error: false, content, detail: null, parent_tool_use_id: parent, is_truncated: false },
});
const log = (stream: "stderr" | "unknown" | "board", text: string): EventBody => ({
  kind: "LOG",
  payload: { level: "info", stream, message: text, is_truncated: false },
});
const retry = (step: number): EventBody => ({
  kind: "PROGRESS",
  payload: { phase: "retry", step, total: 10, message: `retry ${step} of 10` },
});
const approval = (id: string, state: "pending" | "denied"): EventBody => ({
  kind: "APPROVAL",
  payload: { approval_id: id, state, tool_name: "Bash", tool_input: {}, message: null },
});
const question = (id: string, state: "pending" | "answered"): EventBody => ({
  kind: "QUESTION",
  payload: { question_id: id, state, questions: [], answers: null, message: null, resolved_by: null },
});
const usage: EventBody = {
  kind: "USAGE",
  payload: { input_tokens: 1, output_tokens: 1, cache_read_tokens: 0, cache_creation_tokens: 0, cost_usd: 0, turns: 1 },
};

const numbered = (bodies: readonly EventBody[]): Event[] =>
  bodies.map((body, index) => ({
    seq: index + 1,
    ts: `2026-01-01T00:00:${String(index).padStart(2, "0")}.000Z`,
    ...body,
  }));

const logOf = (bodies: readonly EventBody[]) => {
  const attemptLog = new AttemptLog();
  attemptLog.append(numbered(bodies));
  return attemptLog;
};

/** A row in a few words, with its children. */
function sketch(row: Row): unknown {
  switch (row.type) {
    case "tool": {
      const head = `${row.call?.tool_use_id ?? "?"} ${row.result ? "answered" : "open"}`;
      return row.children.length > 0 ? [head, ...row.children.map(sketch)] : head;
    }
    case "message":
    case "thinking":
      return row.text;
    case "output":
      return `${row.lines.length} ${row.stream}`;
    case "progress":
      return `${row.message} (${row.count})`;
    case "approval":
    case "question":
      return `${row.type} ${row.state}`;
    case "criterion":
      return row.text;
    case "note":
    case "error":
      return row.message;
    case "status":
      return row.to;
    case "command":
      return row.cmd;
    case "gate":
      return `${row.gate} ${row.state}`;
    case "artifact":
      return row.ref;
  }
}

describe("rows", () => {
  test.each<[string, EventBody[], unknown[]]>([
    ["a call and its result are one row", [call("a"), result("a")], ["a answered"]],
    ["a call without result stays open", [call("a"), message("hi")], ["a open", "hi"]],
    ["a result whose call is not loaded stands alone", [result("a")], ["? answered"]],
    ["calls in parallel", [call("a"), call("b"), result("b"), result("a")], ["a answered", "b answered"]],
    [
      "a subagent stands in its call",
      [
        call("t", "Agent"),
        message("inner", "t"),
        call("c", "Bash", "t"),
        result("c", "ok", "t"),
        message("outer"),
        result("t"),
      ],
      [["t answered", "inner", "c answered"], "outer"],
    ],
    [
      "a subagent of a subagent",
      [
        call("t"),
        call("u", "Agent", "t"),
        call("v", "Bash", "u"),
        result("v", "ok", "u"),
        result("u", "ok", "t"),
        result("t"),
      ],
      [["t answered", ["u answered", "v answered"]]],
    ],
    ["a child whose parent is not loaded stands alone", [message("inner", "gone")], ["inner"]],
    [
      "unknown entries are gathered",
      [log("unknown", "1"), log("unknown", "2"), message("x"), log("unknown", "3")],
      ["2 unknown", "x", "1 unknown"],
    ],
    [
      "streams are not mixed",
      [log("stderr", "1"), log("unknown", "2"), log("stderr", "3")],
      ["1 stderr", "1 unknown", "1 stderr"],
    ],
    [
      "the board speaks for itself",
      [log("board", "worktree made"), log("board", "agent started")],
      ["worktree made", "agent started"],
    ],
    [
      "retries are one row",
      [retry(1), retry(2), retry(3), message("x"), retry(1)],
      ["retry 3 of 10 (3)", "x", "retry 1 of 10 (1)"],
    ],
    [
      "an answer takes its question's place",
      [approval("p", "pending"), message("x"), approval("p", "denied")],
      ["approval denied", "x"],
    ],
    [
      "a question and an approval of the same id are two",
      [approval("p", "pending"), question("p", "pending"), question("p", "answered")],
      ["approval pending", "question answered"],
    ],
    ["usage is no row", [usage], []],
  ])("%s", (_name, bodies, expected) => {
    expect(logOf(bodies).rows.map(sketch)).toEqual(expected);
  });

  test("waiting for an answer and going on after it is told by the answer, unless there was a reason", () => {
    const status = (from: "running" | "waiting", to: "running" | "waiting", reason: string | null): EventBody => ({
      kind: "STATUS",
      payload: { from, to, reason },
    });
    const { rows } = logOf([
      status("running", "waiting", null),
      status("waiting", "running", null),
      status("running", "waiting", "stopped by Firefox on Linux"),
    ]);
    expect(rows).toHaveLength(3);
    expect(withoutRepeats(rows).map((row) => row.seq)).toEqual([3]);
  });

  test("a call that was asked for runs from its answer on", () => {
    const asked = (state: "pending" | "allowed"): EventBody => ({
      kind: "APPROVAL",
      payload: { approval_id: "p", state, tool_name: "Bash", tool_input: {}, message: null, tool_use_id: "a" },
    });
    const tool = (bodies: readonly EventBody[]) => logOf(bodies).rows.find((row) => row.type === "tool");
    expect(tool([call("a"), asked("pending")])?.startedTs).toBe("2026-01-01T00:00:00.000Z");
    expect(tool([call("a"), asked("pending"), asked("allowed")])?.startedTs).toBe("2026-01-01T00:00:02.000Z");
  });

  test("a call of the board is told by its effect, unless it failed", () => {
    const failed: EventBody = {
      kind: "TOOL_RESULT",
      payload: {
        tool_use_id: "c",
        is_error: true,
        content: "there is no criterion 9",
        detail: null,
        parent_tool_use_id: null,
        is_truncated: false,
      },
    };
    const { rows } = logOf([
      call("a", "mcp__board__report_progress"),
      result("a"),
      call("b", "mcp__board__ask_user"),
      call("c", "mcp__board__set_criterion"),
      failed,
    ]);
    expect(withoutRepeats(rows).map(sketch)).toEqual(["b open", "c answered"]);
  });

  test("an event of an unknown kind or shape is counted, not dropped", () => {
    const attemptLog = new AttemptLog();
    attemptLog.append([
      { seq: 1, ts: "2026-01-01T00:00:00.000Z", kind: "FUTURE", payload: { a: 1 } },
      { seq: 2, ts: "2026-01-01T00:00:00.000Z", kind: "MESSAGE", payload: { text: 7 } },
    ]);
    expect(attemptLog.rows.map(sketch)).toEqual(["2 unknown"]);
    expect(attemptLog.lastSeq).toBe(2);
  });

  test("a repeated event is passed over", () => {
    const attemptLog = logOf([message("a"), message("b")]);
    attemptLog.append(numbered([message("a"), message("b"), message("c")]));
    expect(attemptLog.rows.map(sketch)).toEqual(["a", "b", "c"]);
  });

  test("a row that did not change stays the same object", () => {
    const attemptLog = logOf([message("a"), call("c")]);
    const [first, open] = attemptLog.rows;
    attemptLog.append([
      { ...numbered([result("c")])[0], seq: 3, ts: "", kind: "TOOL_RESULT", payload: result("c").payload },
    ]);
    expect(attemptLog.rows[0]).toBe(first);
    expect(attemptLog.rows[1]).not.toBe(open);
  });
});

/** Reproducible choices. */
function chooser(start: number) {
  let seed = start;
  return (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    // The low bits of such a generator take turns; the high ones do not.
    return Math.floor((seed / 2147483648) * below);
  };
}

function anyBodies(choose: (below: number) => number): EventBody[] {
  const ids: string[] = [];
  return Array.from({ length: 5 + choose(60) }, (_, index) => {
    const parent = choose(3) === 0 ? (ids[choose(ids.length + 1)] ?? null) : null;
    const known = ids[choose(ids.length + 1)] ?? "lost";
    const id = `id${index}`;
    const choices: (() => EventBody)[] = [
      () => message(`m${index}`, parent),
      () => {
        ids.push(id);
        return call(id, "Agent", parent);
      },
      () => result(known, `r${index}`),
      () => log("stderr", `e${index}`),
      () => log("unknown", `u${index}`),
      () => retry(index),
      () => approval(known, choose(2) === 0 ? "pending" : "denied"),
      () => usage,
    ];
    const chosen = choices[choose(choices.length)];
    return chosen ? chosen() : usage;
  });
}

/** Gives a log the events in pieces: pages before what is there, batches after it, some of which repeat. */
function giveInPieces(events: readonly Event[], choose: (below: number) => number): AttemptLog {
  const split = new AttemptLog();
  let first = choose(events.length);
  let last = Math.min(events.length, first + 1 + choose(10));
  split.append(events.slice(first, last));
  const page = () => {
    const from = Math.max(0, first - 1 - choose(12));
    split.prepend(events.slice(from, first));
    first = from;
  };
  const batch = () => {
    const to = last + 1 + choose(12);
    split.append(events.slice(Math.max(first, last - choose(3)), to));
    last = Math.min(events.length, to);
  };
  while (first > 0 || last < events.length) (choose(2) === 0 ? page : batch)();
  return split;
}

test("any split into pages and live batches gives the same rows", () => {
  for (let round = 1; round <= 400; round += 1) {
    const choose = chooser(round);
    const events = numbered(anyBodies(choose));
    const whole = new AttemptLog();
    whole.append(events);
    const split = giveInPieces(events, choose);
    expect(split.rows).toEqual(whole.rows);
    expect([split.firstSeq, split.lastSeq]).toEqual([1, events.length]);
  }
});

test("an append costs what is new, not what is there", () => {
  const attemptLog = new AttemptLog();
  const events = numbered(
    Array.from({ length: 100_000 }, (_, index) => (index % 2 ? result(`c${index - 1}`) : call(`c${index}`))),
  );
  const startedAt = performance.now();
  for (let from = 0; from < events.length; from += 10) attemptLog.append(events.slice(from, from + 10));
  expect(attemptLog.rows).toHaveLength(50_000);
  expect(performance.now() - startedAt).toBeLessThan(5000);
});

test("open rows show their children below them", () => {
  const { rows } = logOf([call("t"), message("inner", "t"), message("outer")]);
  expect(openRows(rows, () => false).map(sketch)).toHaveLength(2);
  expect(openRows(rows, () => true).map((row) => row.depth)).toEqual([0, 1, 0]);
});

describe("search", () => {
  const { rows } = logOf([
    message("Hello (World)"),
    call("t"),
    message("in the (world)", "t"),
    result("t", "THE WORLD"),
    message("else"),
  ]);

  test.each([
    ["(world)", ["1", "3"]],
    ["world", ["1", "2", "3"]],
    ["run t", ["2"]],
    ["nothing", []],
    ["[", []],
  ])("%j", (query, keys) => {
    expect(findRows(rows, query).map((hit) => hit.key)).toEqual(keys);
  });

  test("a hit inside a subagent names what must be open", () => {
    expect(findRows(rows, "in the")[0]).toEqual({ key: "3", ancestors: ["2"] });
  });
});
