import { afterEach, describe, expect, it, vi } from "vitest";
import { partBytes } from "./model";
import { RawReader, type RawState } from "./raw-reader";
import type { Screen } from "./screen";

/** A stream of the server, which answers ranges as HTTP means them. */
function serve(initial: string) {
  let bytes = new TextEncoder().encode(initial);
  const asked: string[] = [];
  vi.stubGlobal("fetch", (_path: string, init: RequestInit) => {
    const range = new Headers(init.headers).get("Range");
    asked.push(range ?? "all");
    if (range === null) return Promise.resolve(new Response(bytes));
    const [from, to] = readRange(range, bytes.length);
    if (from >= to) {
      const body = { error: { code: "range_not_satisfiable", message: "the stream is shorter" } };
      return Promise.resolve(new Response(JSON.stringify(body), { status: 416 }));
    }
    const headers = { "Content-Range": `bytes ${from}-${to - 1}/${bytes.length}` };
    return Promise.resolve(new Response(bytes.slice(from, to), { status: 206, headers }));
  });
  return {
    asked,
    grow: (text: string) => {
      bytes = new Uint8Array([...bytes, ...new TextEncoder().encode(text)]);
    },
  };
}

function readRange(range: string, total: number): [number, number] {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? [];
  if (first === "") return [Math.max(0, total - Number(last)), total];
  return [Number(first), last === "" ? total : Math.min(total, Number(last) + 1)];
}

function open() {
  let text = "";
  const states: RawState[] = [];
  const screen: Screen = {
    write: (more) => {
      text += more;
    },
    clear: () => {
      text = "";
    },
    toEnd: () => undefined,
    toStart: () => undefined,
    close: () => undefined,
  };
  const reader = new RawReader("attempt", screen, (state) => states.push(state));
  return { reader, text: () => text, last: () => states.at(-1) };
}

const linesOf = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `line ${from + index} ${"x".repeat(90)}\n`).join("");

describe("RawReader", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("shows a short stream whole, and goes on where it stopped", async () => {
    const stream = serve("one\ntwo\nth");
    const { reader, text, last } = open();
    await reader.show("end");
    expect(text()).toBe("one\ntwo\n");
    stream.grow("ree\nfour\n");
    await reader.readOn();
    expect(text()).toBe("one\ntwo\nthree\nfour\n");
    await reader.readOn();
    expect(text()).toBe("one\ntwo\nthree\nfour\n");
    expect(last()).toMatchObject({ type: "shown", total: 19, isFollowing: true });
  });

  it("begins with an empty stream without asking for what is not there", async () => {
    const stream = serve("");
    const { reader, text } = open();
    await reader.show("end");
    await reader.readOn();
    stream.grow("first\n");
    await reader.readOn();
    expect(text()).toBe("first\n");
  });

  it("reads the end of a long stream first, then any other part", async () => {
    const whole = linesOf(12_000);
    serve(whole);
    const { reader, text, last } = open();
    await reader.show("end");
    expect(text().length).toBeLessThanOrEqual(partBytes);
    expect(text()).toMatch(/^line \d+ x/);
    expect(text()).toContain("line 11999 ");
    await reader.show("start");
    expect(text()).toMatch(/^line 0 x/);
    expect(last()).toMatchObject({ part: { from: 0, to: partBytes }, isFollowing: false });
    await reader.readOn();
    expect(last()).toMatchObject({ part: { from: 0, to: partBytes } });
    await reader.show("after");
    expect(last()).toMatchObject({ part: { from: partBytes, to: partBytes * 2 } });
    await reader.show("before");
    expect(text()).toMatch(/^line 0 x/);
  });

  it("shows a last line without its end when nothing follows", async () => {
    serve("one\nno end");
    const { reader, text } = open();
    await reader.show("end");
    reader.finish();
    expect(text()).toBe("one\nno end");
  });

  it("says what went wrong", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    const { reader, last } = open();
    await reader.show("end");
    expect(last()).toMatchObject({ type: "failed" });
  });
});
