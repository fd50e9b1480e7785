import { afterEach, describe, expect, it, vi } from "vitest";
import * as z from "zod/mini";
import { mockNetwork } from "@/testing/network";
import { request } from "./client";
import { ApiError } from "./errors";
import { readToken, takeTokenFromAddress } from "./session";

const shape = z.object({ id: z.string() });

async function failureOf(promise: Promise<unknown>): Promise<ApiError> {
  const error = await promise.catch((thrown: unknown) => thrown);
  if (error instanceof ApiError) return error;
  throw new Error("the request should have failed");
}

describe("request", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("gives what fits the schema", async () => {
    mockNetwork({ "GET /api/x": () => ({ body: { id: "1", more: 2 } }) });
    expect(await request("/api/x", shape)).toEqual({ id: "1" });
  });

  it("repeats the server's sentence and code", async () => {
    const body = { error: { code: "conflict", message: "It waits for #31." } };
    mockNetwork({ "POST /api/x": () => ({ status: 409, body }) });
    const error = await failureOf(request("/api/x", shape, { method: "POST", body: {} }));
    expect([error.message, error.code]).toEqual(["It waits for #31.", "conflict"]);
  });

  it("names an answer of another shape", async () => {
    mockNetwork({ "GET /api/x": () => ({ body: { id: 1 } }) });
    expect((await failureOf(request("/api/x", shape))).failure.type).toBe("unreadable");
  });

  it("names a server that does not answer", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("refused")));
    expect((await failureOf(request("/api/x", shape))).failure.type).toBe("unreachable");
  });
});

describe("the token", () => {
  it("is taken from the address once, and the address is cleaned", () => {
    history.replaceState(null, "", "/p/shop?q=a#t=0123456789abcdef0123456789abcdef");
    takeTokenFromAddress();
    expect(readToken()).toBe("0123456789abcdef0123456789abcdef");
    expect(location.href).toMatch(/\/p\/shop\?q=a$/);
  });

  it("is not taken from anything else", () => {
    history.replaceState(null, "", "/#t=<script>");
    takeTokenFromAddress();
    expect(readToken()).toBeUndefined();
  });
});
