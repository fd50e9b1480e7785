/** The real binary as a process of its own: started, killed, started again, asked over its API. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import type { Repository } from "./repository";

const START_MS = 20_000;
const STOP_MS = 15_000;
const POLL_MS = 50;

const root = fileURLToPath(new URL("../../", import.meta.url));
const binary = process.env["EVAL_KANBAN_BIN"] ?? join(root, "target/debug/eval-kanban");
const claude =
  process.env["EVAL_KANBAN_CLAUDE"] ??
  join(root, `frontend/.cache/claude/node_modules/@anthropic-ai/claude-code-linux-${process.arch}/claude`);

const attempt = z.looseObject({ id: z.string(), state: z.string() });
const task = z.looseObject({
  id: z.string(),
  number: z.number(),
  title: z.string(),
  status: z.string(),
  live_attempt: attempt.nullable(),
  last_attempt: attempt.nullable(),
  last_outcome: z.string().nullable(),
  error_message: z.string().nullable(),
});
const fullAttempt = z.looseObject({
  id: z.string(),
  number: z.number(),
  state: z.string(),
  branch_name: z.string().nullable(),
  worktree_path: z.string().nullable(),
  head_commit: z.string().nullable(),
});
const project = z.looseObject({ id: z.string(), path: z.string() });
const event = z.looseObject({ seq: z.number(), kind: z.string(), payload: z.json() });

const page = <Item extends z.ZodType>(item: Item) => z.looseObject({ items: z.array(item) });
const tasks = z.union([z.array(task), page(task).transform(({ items }) => items)]);
const projects = z.union([z.array(project), page(project).transform(({ items }) => items)]);
const attempts = z.union([z.array(fullAttempt), page(fullAttempt).transform(({ items }) => items)]);
const events = z.union([z.array(event), page(event).transform(({ items }) => items)]);

export type Task = z.infer<typeof task>;
export type Attempt = z.infer<typeof fullAttempt>;
export type Event = z.infer<typeof event>;

export class Product {
  readonly home: string;
  readonly log: string;
  readonly #repository: Repository;
  readonly #environment: Record<string, string>;
  #port = 0;
  #starts = 0;
  #process: ChildProcess | undefined;

  /** `environment` comes on top of what every agent is given. */
  constructor(repository: Repository, environment: Record<string, string>) {
    this.#repository = repository;
    this.home = join(repository.folder, "eval-kanban");
    this.log = join(repository.folder, "server.log");
    this.#environment = { ...agentEnvironment(repository), EVAL_KANBAN_HOME: this.home, ...environment };
  }

  get url(): string {
    return `http://localhost:${this.#port}`;
  }

  get token(): string {
    return readFileSync(join(this.home, "token"), "utf8").trim();
  }

  /** Starts the server, on the port that it had before, and waits until it answers. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const output = openSync(this.log, "a");
    this.#process = spawn(binary, ["serve", "--port", String(this.#port), "--no-open"], {
      cwd: this.#repository.path,
      env: this.#environment,
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    this.#starts += 1;
    await this.#answers();
  }

  /** Kills the server as a power cut would; its agents are not touched. */
  async kill(): Promise<void> {
    await this.#signal("SIGKILL");
  }

  /** Ends every agent, then the server. */
  async end(): Promise<void> {
    if (this.#process === undefined) return;
    await this.#endAgents();
    await this.#signal("SIGTERM");
  }

  /** Calls the API with the user's token; any answer but a success is an error. */
  async call(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.token}`, "content-type": "application/json" };
    const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
    const response = await fetch(`${this.url}${path}`, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  /** The project that the server was started in. */
  async projectId(): Promise<string> {
    const found = projects.parse(await this.call("GET", "/api/projects"))[0];
    if (found === undefined) throw new Error("the server knows no project");
    return found.id;
  }

  /** The address that the last start of the product printed. */
  landing(): string {
    const printed = this.#printed().match(/http:\/\/localhost:\d+\/\S*#t=\S+/g);
    const address = printed?.[this.#starts - 1];
    if (address === undefined) throw new Error("the server has not printed its address");
    return address;
  }

  async tasks(): Promise<Task[]> {
    return tasks.parse(await this.call("GET", `/api/projects/${await this.projectId()}/tasks`));
  }

  async createTask(fields: { title: string; description?: string }): Promise<Task> {
    return task.parse(await this.call("POST", `/api/projects/${await this.projectId()}/tasks`, fields));
  }

  /** Changes settings of the project; what is not given stays. */
  async changeSettings(settings: Record<string, unknown>): Promise<void> {
    await this.call("PATCH", `/api/projects/${await this.projectId()}`, { settings });
  }

  /** The newest attempt at a task. */
  async attemptAt(title: string): Promise<Attempt> {
    const found = (await this.tasks()).find((candidate) => candidate.title === title);
    const [newest] = attempts.parse(await this.call("GET", `/api/tasks/${found?.id}/attempts`));
    if (newest === undefined) throw new Error(`no attempt at ${title}`);
    return newest;
  }

  async events(attemptId: string): Promise<Event[]> {
    return events.parse(await this.call("GET", `/api/attempts/${attemptId}/events?after=0&limit=5000`));
  }

  /** The log of the newest attempt at a task. */
  async eventsOf(title: string): Promise<Event[]> {
    const found = (await this.tasks()).find((candidate) => candidate.title === title);
    if (found?.last_attempt == null) throw new Error(`no attempt at ${title}`);
    return this.events(found.last_attempt.id);
  }

  /** The command lines of processes that still belong to an attempt of this product. */
  agents(): string[] {
    const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return ids.filter((id) => this.#isAgent(id)).map((id) => readProcess(id, "cmdline").replaceAll("\0", " ").trim());
  }

  /** Kills every process of an attempt, its supervisor included, as a power cut would. */
  killAgents(): void {
    for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name) && this.#isAgent(name))) {
      process.kill(Number(id), "SIGKILL");
    }
  }

  #isAgent(id: string): boolean {
    const variables = readProcess(id, "environ").split("\0");
    return variables.includes(`HOME=${this.#repository.home}`) && id !== String(this.#process?.pid);
  }

  /** The server is ready when it has printed its address as often as it was started. */
  async #answers(): Promise<void> {
    const deadline = Date.now() + START_MS;
    while (this.#printed().split("is ready").length <= this.#starts) {
      if (this.#process?.exitCode !== null) throw new Error(`the server ended:\n${this.#printed()}`);
      if (Date.now() > deadline) throw new Error(`the server does not get ready:\n${this.#printed()}`);
      await pause(POLL_MS);
    }
  }

  #printed(): string {
    return readFileSync(this.log, "utf8");
  }

  async #endAgents(): Promise<void> {
    const deadline = Date.now() + STOP_MS;
    for (;;) {
      const live = (await this.tasks()).filter(({ live_attempt }) => isLive(live_attempt?.state));
      if (live.length === 0) return;
      if (Date.now() > deadline) throw new Error(`agents do not end: ${live.map(({ title }) => title).join()}`);
      await Promise.allSettled(live.map(({ id }) => this.call("POST", `/api/tasks/${id}/cancel`, {})));
      await pause(POLL_MS);
    }
  }

  async #signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit", { signal: AbortSignal.timeout(STOP_MS) });
    child.kill(signal);
    await ended.catch((error: unknown) => {
      child.kill("SIGKILL");
      throw new Error(`the server does not end on ${signal}`, { cause: error });
    });
  }
}

/** The cancellable states: an attempt that is over needs no agent to be ended. */
function isLive(state: string | undefined): boolean {
  return state !== undefined && ["queued", "preparing", "running", "waiting", "gates"].includes(state);
}

/** A process that has ended meanwhile reads as nothing. */
function readProcess(id: string, file: string): string {
  try {
    return readFileSync(`/proc/${id}/${file}`, "utf8");
  } catch {
    return "";
  }
}

/** What an agent inherits: nothing of this machine's user, the pinned claude first in its path. */
function agentEnvironment({ folder, home }: Repository): Record<string, string> {
  const programs = join(folder, "bin");
  if (!existsSync(programs)) {
    mkdirSync(programs);
    symlinkSync(claude, join(programs, "claude"));
  }
  return {
    PATH: `${programs}:${process.env["PATH"] ?? ""}`,
    HOME: home,
    LANG: "C.UTF-8",
    ANTHROPIC_API_KEY: "made-up",
    IS_SANDBOX: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
    DISABLE_ERROR_REPORTING: "1",
  };
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = z.looseObject({ port: z.int() }).parse(probe.address());
  probe.close();
  await once(probe, "close");
  return port;
}
