/** GitHub's API on a free port of 127.0.0.1, as far as a pull request needs it, and a bare repository behind it. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import * as z from "zod";
import type { Repository } from "./repository";

const address = z.looseObject({ port: z.int() });
const newPull = z.looseObject({ title: z.string(), body: z.string(), head: z.string(), base: z.string() });

type NewPull = z.infer<typeof newPull>;
interface Pull {
  number: number;
  state: "open" | "closed";
  merged_at: string | null;
  request: NewPull;
}

/** `ada/board` on a GitHub of its own, which is the repository's `origin`. */
export class FakeGithub {
  readonly token = "ghp_0123456789abcdefghijklmnop";
  readonly pulls: Pull[] = [];
  /** How its check ended; none while it runs. */
  check: "success" | "failure" | undefined;
  readonly remote: string;
  readonly #http: Server;

  private constructor(folder: string) {
    this.remote = join(folder, "remotes/ada/board.git");
    this.#http = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => send(response, 500, { message: String(error) }));
    });
  }

  /** Starts it; git finds the bare repository at its address. */
  static async start(repository: Repository): Promise<FakeGithub> {
    const github = new FakeGithub(repository.folder);
    github.#http.listen(0, "127.0.0.1");
    await once(github.#http, "listening");
    mkdirSync(github.remote, { recursive: true });
    execFileSync("git", ["init", "--quiet", "--bare", github.remote]);
    const remotes = `file://${join(repository.folder, "remotes")}/`;
    repository.git("config", "--global", `url.${remotes}.insteadOf`, `${github.url}/`);
    repository.git("remote", "add", "origin", `${github.url}/ada/board.git`);
    return github;
  }

  /** The address of its API. */
  get url(): string {
    return `http://127.0.0.1:${address.parse(this.#http.address()).port}`;
  }

  /** Refuses every push from now on, with these words. */
  refusePushes(words: string): void {
    const hook = join(this.remote, "hooks/pre-receive");
    writeFileSync(hook, `#!/bin/sh\necho ${JSON.stringify(words)} >&2\nexit 1\n`);
    chmodSync(hook, 0o755);
  }

  /** The commit that a branch stands at there. */
  tip(branch: string): string {
    return execFileSync("git", ["rev-parse", branch], { cwd: this.remote, encoding: "utf8" }).trim();
  }

  /** Somebody merges the first pull request there. */
  mergeFirst(): void {
    const [pull] = this.pulls;
    if (pull === undefined) throw new Error("there is no pull request");
    pull.state = "closed";
    pull.merged_at = "2026-01-02T03:04:05Z";
  }

  async stop(): Promise<void> {
    this.#http.close();
    this.#http.closeAllConnections();
    if (this.#http.listening) await once(this.#http, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (request.headers.authorization !== `Bearer ${this.token}`)
      return send(response, 401, { message: "Bad credentials" });
    const path = new URL(request.url ?? "/", this.url).pathname.replace("/repos/ada/board", "");
    if (request.method === "POST" && path === "/pulls")
      return send(response, 201, this.#open(newPull.parse(JSON.parse(body))));
    if (path === "/pulls")
      return send(
        response,
        200,
        this.pulls.map((pull) => this.#show(pull)),
      );
    if (path.endsWith("/check-runs")) return send(response, 200, { check_runs: [this.#checkRun()] });
    if (path.endsWith("/status")) return send(response, 200, { statuses: [] });
    const pull = this.pulls.find(({ number }) => path === `/pulls/${number}`);
    if (pull === undefined) return send(response, 404, { message: "Not Found" });
    send(response, 200, this.#show(pull));
  }

  #open(request: NewPull): unknown {
    const pull: Pull = { number: 418 + this.pulls.length, state: "open", merged_at: null, request };
    this.pulls.push(pull);
    return this.#show(pull);
  }

  #show({ number, state, merged_at, request }: Pull): unknown {
    const html_url = `https://github.example/ada/board/pull/${number}`;
    return { number, html_url, state, merged_at, head: { sha: this.tip(request.head), ref: request.head } };
  }

  #checkRun(): unknown {
    return {
      name: "test",
      status: this.check === undefined ? "in_progress" : "completed",
      conclusion: this.check ?? null,
    };
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
}
