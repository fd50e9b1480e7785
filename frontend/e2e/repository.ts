/** A git repository of its own for each test, and a home folder whose git configuration is known. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const GIT_CONFIG = "[user]\n\tname = Ada\n\temail = ada@example.invalid\n[init]\n\tdefaultBranch = main\n";

export class Repository {
  readonly folder: string;
  readonly home: string;
  readonly path: string;

  /** Makes the repository with these files in its first commit. */
  constructor(files: Record<string, string>) {
    this.folder = mkdtempSync(join(tmpdir(), "eval-kanban-e2e-"));
    this.home = join(this.folder, "home");
    this.path = join(this.folder, "a project");
    mkdirSync(this.home);
    mkdirSync(this.path);
    writeFileSync(join(this.home, ".gitconfig"), GIT_CONFIG);
    this.git("init", "--quiet");
    this.commit(files, "Begin");
  }

  /** Runs git in the repository, with nothing of this machine's configuration. */
  git(...args: string[]): string {
    const env = { PATH: process.env["PATH"], HOME: this.home, GIT_CONFIG_NOSYSTEM: "1" };
    return execFileSync("git", args, { cwd: this.path, env, encoding: "utf8" });
  }

  /** Commits files on the branch that is checked out. */
  commit(files: Record<string, string>, message: string): void {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, path)), { recursive: true });
      writeFileSync(join(this.path, path), content);
    }
    this.git("add", "--all");
    this.git("commit", "--quiet", "--message", message);
  }

  /** A file of the working tree. */
  read(path: string): string {
    return readFileSync(join(this.path, path), "utf8");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
