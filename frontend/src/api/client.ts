/** The only place that calls `fetch`: adds the token, checks every answer against its schema, names every failure. */
import type * as z from "zod/mini";
import { ApiError } from "./errors";
import { noteOwnAct } from "./own-acts";
import { errorEnvelope } from "./schemas";
import { readToken, refuseSession } from "./session";

type Method = "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
export type RequestOptions = { method?: Method; body?: object; signal?: AbortSignal };

/** Calls the server and returns its answer in the schema's shape. */
export async function request<Answer>(
  path: string,
  schema: z.ZodMiniType<Answer>,
  options: RequestOptions = {},
): Promise<Answer> {
  const response = await send(path, options);
  const parsed = schema.safeParse(await readJson(response));
  if (parsed.success) return parsed.data;
  throw unreadable(response);
}

/** Calls the server where only success matters: the change itself arrives over the socket. */
export async function command(path: string, options: RequestOptions = {}): Promise<void> {
  await send(path, { method: "POST", body: {}, ...options });
}

/** Bytes of an answer, and where they stand in the whole of it. */
export type AnswerPart = { bytes: Uint8Array; from: number; total: number };

/** Calls the server for an answer or a part of it; `range` as in the HTTP header. None where there is no such part. */
export async function requestPart(
  path: string,
  range: string | undefined,
  signal: AbortSignal,
): Promise<AnswerPart | undefined> {
  try {
    const response = await send(path, range === undefined ? { signal } : { range, signal });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const place = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "");
    return { bytes, from: Number(place?.[1] ?? 0), total: Number(place?.[2] ?? bytes.length) };
  } catch (error) {
    if (error instanceof ApiError && error.code === "range_not_satisfiable") return undefined;
    throw error;
  }
}

async function send(path: string, options: RequestOptions & { range?: string }): Promise<Response> {
  const { method = "GET", body, signal, range } = options;
  const headers = new Headers();
  const token = readToken();
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (method !== "GET") headers.set("Content-Type", "application/json");
  if (range) headers.set("Range", range);
  const init: RequestInit = { method, headers };
  if (body) init.body = JSON.stringify(body);
  if (signal) init.signal = signal;
  if (method !== "GET") noteOwnAct(path, Date.now());
  const response = await reach(path, init);
  if (response.ok) return response;
  throw await refusal(response);
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError("The server does not answer. Start it again with eval-kanban.", { type: "unreachable" });
  }
}

async function refusal(response: Response): Promise<ApiError> {
  if (response.status === 401) refuseSession();
  const parsed = errorEnvelope.safeParse(await readJson(response));
  if (!parsed.success) return unreadable(response);
  const { code, message, details } = parsed.data.error;
  return new ApiError(asSentence(message), { type: "refused", status: response.status, code, details });
}

/** The server completes "failed to …" in places; on the screen a sentence begins as one. */
function asSentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    // An answer that is no JSON fails its schema next, which names the failure.
    return undefined;
  }
}

function unreadable(response: Response): ApiError {
  const message = `The server's answer (${response.status}) has a shape that this page does not know. Reload the page.`;
  return new ApiError(message, { type: "unreadable", status: response.status });
}
