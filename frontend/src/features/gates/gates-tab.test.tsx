import { screen, waitFor, within } from "@testing-library/react";
import { act } from "react";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Attempt, GateRun } from "@/api/generated/types";
import { putGateRun } from "@/api/review-list";
import { aFullAttempt, aGateRun } from "@/testing/fixtures";
import { mockNetwork, page } from "@/testing/network";
import { renderWithApp } from "@/testing/render";
import GatesTab from "./gates-tab";
import { formatTook, groupRuns, outcomeOf } from "./model";

const attempt = aFullAttempt({ allowed_actions: ["run_gates", "request_changes"] });
const base = `/api/attempts/${attempt.id}/gates`;
const noop = () => undefined;

function openTab(runs: GateRun[], routes: Parameters<typeof mockNetwork>[0] = {}, shown: Attempt = attempt) {
  const network = mockNetwork({ [`GET ${base}`]: () => ({ body: page(runs) }), ...routes });
  const onSent = vi.fn<() => void>();
  return { ...renderWithApp(<GatesTab attempt={shown} onSent={onSent} onSettings={noop} />), ...network, onSent };
}

describe("the gates of an attempt", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("tell how to add some where there are none", async () => {
    openTab([]);
    expect(await screen.findByText("This project has no gates")).toBeTruthy();
    expect(screen.getByRole("button", { name: "Add gates" })).toBeTruthy();
  });

  it("stand with state, exit code, commit and age of the work; setup apart", async () => {
    openTab([
      aGateRun("lint", { state: "passed", exit_code: 0, is_stale: true }),
      aGateRun("test", { state: "failed", exit_code: 2 }),
      aGateRun("setup", { kind: "setup", state: "passed", exit_code: 0 }),
    ]);
    const rows = await screen.findAllByRole("listitem");
    expect(within(firstOf(rows)).getByText("on an older state")).toBeTruthy();
    expect(within(firstOf(rows.slice(1))).getByText("failed · exit 2")).toBeTruthy();
    expect(within(firstOf(rows.slice(1))).getByText("aaaaaaa")).toBeTruthy();
    expect(screen.getByRole("heading", { name: "Before the agent started" })).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Run setup" })).toBeNull();
  });

  it("run one by one and all together, and are stopped", async () => {
    const { user, calls } = openTab(
      [aGateRun("lint", { state: "not_run", id: null }), aGateRun("test", { state: "passed", exit_code: 0 })],
      { [`POST ${base}/lint/run`]: () => ({ status: 202 }), [`POST ${base}/run`]: () => ({ status: 202 }) },
    );
    await user.click(await screen.findByRole("button", { name: "Run: lint" }));
    await user.click(screen.getByRole("button", { name: "Run all" }));
    await waitFor(() => expect(calls.filter((call) => call.method === "POST")).toHaveLength(2));
    expect(calls.at(-1)?.path).toBe(`${base}/run`);
  });

  it("send what failed to the agent", async () => {
    const { user, calls, onSent } = openTab([aGateRun("test", { state: "failed", exit_code: 1 })], {
      [`POST ${base}/send`]: () => ({ status: 201, body: aFullAttempt({ number: 2, state: "queued" }) }),
    });
    await user.click(await screen.findByRole("button", { name: "Send 1 failure to the agent" }));
    await waitFor(() => expect(onSent).toHaveBeenCalledOnce());
    expect(calls.some((call) => call.path === `${base}/send`)).toBe(true);
  });

  it("show what is printed while they run, each byte once", async () => {
    const run = aGateRun("test", { state: "running", ended_at: null, output_bytes: 6, exit_code: null });
    let output = "one\n\u001b[32m";
    const { client } = openTab([run]);
    const answered = globalThis.fetch;
    vi.stubGlobal("fetch", (path: string, init: RequestInit = {}) =>
      path.endsWith("/output") ? answerRange(output, new Headers(init.headers).get("Range")) : answered(path, init),
    );
    const log = await screen.findByRole("log", { name: "Output of test" });
    output += "two\u001b[0m\n";
    act(() => putGateRun(client, { ...run, output_bytes: output.length }));
    await waitFor(() => expect(log.textContent).toBe("one\ntwo"));
    act(() => putGateRun(client, { ...run, state: "passed", exit_code: 0, output_bytes: output.length }));
    expect(await screen.findByText("passed")).toBeTruthy();
  });
});

function firstOf(rows: readonly HTMLElement[]): HTMLElement {
  const [row] = rows;
  if (row === undefined) throw new Error("there is no such row");
  return row;
}

/** As the server answers a part of what there is. */
async function answerRange(text: string, range: string | null): Promise<Response> {
  const bytes = new TextEncoder().encode(text);
  const [, from = "", to = ""] = /bytes=(\d*)-(\d*)/.exec(range ?? "") ?? [];
  const start = from === "" ? Math.max(0, bytes.length - Number(to)) : Number(from);
  const headers = { "Content-Range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
  return new Response(bytes.slice(start), { status: 206, headers });
}

describe("the words", () => {
  it.each<[Partial<GateRun>, string]>([
    [{ state: "passed", exit_code: 0 }, "passed"],
    [{ state: "failed", exit_code: 101 }, "failed · exit 101"],
    [{ state: "failed", exit_code: null, message: "killed by signal 9" }, "failed · killed by signal 9"],
    [{ state: "timed_out", exit_code: null, message: "after 600 s" }, "timed out · after 600 s"],
    [{ state: "lost", exit_code: null }, "lost"],
  ])("of %j are %s", (part, expected) => expect(outcomeOf(aGateRun("test", part))).toBe(expected));

  it("say how long it took", () => {
    expect(formatTook(4120)).toBe("4.1 s");
    expect(formatTook(200_400)).toBe("3:20");
  });

  it("keep the kinds apart", () => {
    const kinds = groupRuns([aGateRun("a", { kind: "setup" }), aGateRun("b"), aGateRun("b", { kind: "merge" })]);
    expect(kinds.map((group) => group.kind)).toEqual(["gate", "merge", "setup"]);
  });
});
