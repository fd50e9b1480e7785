/**
 * The scripted model: a Messages API on a free port of 127.0.0.1 that says what its script says. It keeps every request,
 * so that a test can assert what the agent told the model.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import { parseRequest, type ModelRequest } from "./request";
import { streamSteps, wholeMessage, type Step } from "./reply";
import { parseScript, type MessageTurn, type Script, type ScriptSource, type Turn } from "./script";

const WAIT_MS = 30_000;

/** What a side call is told, and nothing that a script says. */
const SIDE_TURN: Turn = {
  type: "message",
  parts: [{ type: "text", text: "ok" }],
  usage: { input_tokens: 1, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 },
};

const address = z.looseObject({ port: z.int() });

export class ScriptedModel {
  /** Every request for a message so far, oldest first. */
  readonly requests: ModelRequest[] = [];

  readonly #http: Server;
  readonly #taken = new Map<string, number>();
  readonly #gates = new Map<string, PromiseWithOpen>();
  readonly #waiting = new Set<() => void>();
  #script: Script;

  private constructor(script: Script) {
    this.#script = script;
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => refuse(response, 500, "api_error", String(error)));
    });
  }

  /** Starts a model on a free port. */
  static async start(script: Script): Promise<ScriptedModel> {
    const model = new ScriptedModel(script);
    model.#http.listen(0, "127.0.0.1");
    await once(model.#http, "listening");
    return model;
  }

  /** What `ANTHROPIC_BASE_URL` must be. */
  get url(): string {
    return `http://127.0.0.1:${address.parse(this.#http.address()).port}`;
  }

  /** Replaces the script. Conversations that have begun go on at the turn that they had reached. */
  play(source: ScriptSource): void {
    this.#script = parseScript(source);
  }

  /** Opens a hold, for the one that waits there and for all that come later. */
  release(name: string): void {
    this.#gate(name).open();
  }

  /** Waits for a request that fits; fails after 30 seconds with what came instead. */
  async waitForRequest(fits: (request: ModelRequest) => boolean): Promise<ModelRequest> {
    const deadline = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = this.requests.find(fits);
      if (found !== undefined) return found;
      await this.#nextRequest(deadline);
    }
  }

  /** Ends the server and every connection to it. */
  async stop(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    for (const { open } of this.#gates.values()) open();
    if (this.#http.listening) await once(this.#http, "close");
  }

  async #nextRequest(deadline: AbortSignal): Promise<void> {
    const { opened, open } = promiseWithOpen();
    this.#waiting.add(open);
    deadline.addEventListener("abort", open, { once: true });
    if (!deadline.aborted) await opened;
    this.#waiting.delete(open);
    deadline.removeEventListener("abort", open);
    if (deadline.aborted)
      throw new Error(`no such request; there were ${JSON.stringify(this.requests.map(summary), null, 1)}`);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://model").pathname;
    if (request.method === "HEAD") return void response.writeHead(200).end();
    if (request.method !== "POST") return refuse(response, 404, "not_found_error", `no ${path} here`);
    const body = await readBody(request);
    if (path === "/v1/messages/count_tokens") return sendJson(response, { input_tokens: Math.ceil(body.length / 4) });
    if (path !== "/v1/messages") return refuse(response, 404, "not_found_error", `no ${path} here`);
    const asked = parseRequest(request.headers, JSON.parse(body));
    const turn = asked.kind === "main" ? this.#takeTurn(asked) : SIDE_TURN;
    this.requests.push(asked);
    for (const wake of this.#waiting) wake();
    await this.#sendTurn(response, asked, turn);
  }

  /** The next turn of the request's conversation. A script that is over is an error, never a silent success. */
  #takeTurn({ conversation, prompts }: ModelRequest): Turn | undefined {
    const prompt = prompts[0] ?? "";
    const turns = this.#script.conversations.find(({ when }) => prompt.includes(when))?.turns ?? [];
    const index = this.#taken.get(conversation) ?? 0;
    this.#taken.set(conversation, index + 1);
    const last = turns.slice(0, index + 1).at(-1);
    return turns[index] ?? (last?.type === "error" && last.repeat ? last : undefined);
  }

  async #sendTurn(response: ServerResponse, asked: ModelRequest, turn: Turn | undefined): Promise<void> {
    if (turn === undefined) return refuse(response, 403, "permission_error", "the script has no further turn");
    if (turn.type === "error") return refuse(response, turn.status, turn.error, turn.message, turn.headers);
    if (!asked.is_streaming) return sendJson(response, wholeMessage(turn, asked.model, asked));
    await this.#stream(response, turn, asked);
  }

  async #stream(response: ServerResponse, turn: MessageTurn, asked: ModelRequest): Promise<void> {
    for (const step of streamSteps(turn, asked.model, asked)) {
      await this.#take(step, response);
      if (response.destroyed) return;
    }
    response.end();
  }

  async #take(step: Step, response: ServerResponse): Promise<void> {
    switch (step.type) {
      case "event":
        if (!response.headersSent)
          response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_scripted" });
        response.write(`event: ${step.name}\ndata: ${JSON.stringify(step.payload)}\n\n`);
        return;
      case "hold":
        return this.#gate(step.name).opened;
      case "delay":
        return pause(step.ms);
      case "drop":
        response.destroy();
    }
  }

  #gate(name: string): PromiseWithOpen {
    const found = this.#gates.get(name);
    if (found !== undefined) return found;
    const gate = promiseWithOpen();
    this.#gates.set(name, gate);
    return gate;
  }
}

interface PromiseWithOpen {
  opened: Promise<void>;
  open: () => void;
}

function promiseWithOpen(): PromiseWithOpen {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(response: ServerResponse, value: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

function refuse(
  response: ServerResponse,
  status: number,
  type: string,
  message: string,
  headers: Record<string, string> = {},
): void {
  if (response.headersSent) return void response.destroy();
  sendJson(response, { type: "error", error: { type, message } }, status, headers);
}

function summary({ kind, session_id, prompts, tool_results }: ModelRequest) {
  return { kind, session_id, prompt: prompts.at(-1), tool_results: tool_results.length };
}
