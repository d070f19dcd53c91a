import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { getRequestListener } from "@hono/node-server";
import { GitStore } from "../../../src/local-github/git/git-store.ts";
import { localGitHubPages } from "../../../src/local-github/pages/pages.ts";
import { LocalGitHubState } from "../../../src/local-github/state/local-github-state.ts";
import { WebhookSender } from "../../../src/local-github/webhooks/webhook-sender.ts";
import type { World } from "../../../src/local-github/world.ts";

const run = promisify(execFile);

/** The pages over HTTP on a world of their own, in which every reading of the clock is a minute after the last. */
export async function startPages(options: { port?: number } = {}) {
  const folder = await mkdtemp(path.join(tmpdir(), "handback-pages-"));
  const state = new LocalGitHubState();
  let time = Date.parse("2026-03-02T09:00:00Z");
  const now = () => new Date((time += 60_000));
  const world: World = {
    state,
    git: new GitStore(),
    webhooks: new WebhookSender({ state, now, check: () => undefined }),
    now,
    url: "",
    apiUrl: "",
  };
  const server = createServer(
    getRequestListener(async (request) => {
      const context = { state, git: world.git, url: world.url, now: () => new Date(time + 300_000) };
      return (await localGitHubPages(request, context)) ?? new Response("not a page", { status: 404 });
    }),
  );
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const address = server.address();
  world.url = `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  return {
    world,
    folder,
    get: (pathname: string, init: RequestInit = {}) =>
      fetch(`${world.url}${pathname}`, { redirect: "manual", headers: { accept: "text/html" }, ...init }),
    async html(pathname: string): Promise<string> {
      return (await this.get(pathname)).text();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type PagesServer = Awaited<ReturnType<typeof startPages>>;

type CommitSpec = {
  branch?: string;
  message: string;
  /** Path to content; null removes the file. */
  files: Record<string, string | Buffer | null>;
  author?: string;
};

/** A work tree with these commits in order; a branch begins where the work tree stands when it is first named. */
export async function makeSource(folder: string, commits: readonly CommitSpec[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const git = (...args: string[]) => run("git", ["-C", folder, "-c", "core.quotePath=false", ...args]);
  await git("init", "--quiet", "--initial-branch=main");
  for (const [
    index,
    { branch = "main", message, files, author = "Ada Lind <ada@example.com>" },
  ] of commits.entries()) {
    if (index > 0)
      await git("checkout", "--quiet", branch).catch(() => git("checkout", "--quiet", "-b", branch));
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await (content === null ? rm(file) : writeFile(file, content));
    }
    await git("add", "--all");
    const date = `2026-03-02T08:${String(index).padStart(2, "0")}:00Z`;
    const [, name = "", email = ""] = /^(.*) <(.*)>$/.exec(author) ?? [];
    const environment = { GIT_AUTHOR_NAME: name, GIT_AUTHOR_EMAIL: email, GIT_AUTHOR_DATE: date };
    const committer = { GIT_COMMITTER_NAME: name, GIT_COMMITTER_EMAIL: email, GIT_COMMITTER_DATE: date };
    await run("git", ["-C", folder, "commit", "--quiet", "--no-verify", "-m", message], {
      env: { ...process.env, ...environment, ...committer },
    });
  }
  return folder;
}

/** The full name of the commit on a branch. */
export async function headOf(folder: string, branch: string): Promise<string> {
  return (await run("git", ["-C", folder, "rev-parse", `refs/heads/${branch}`])).stdout.trim();
}

/** Moves a branch of a bare repository, as a push does after its objects have arrived. */
export async function moveBranch(gitDirectory: string, branch: string, sha: string): Promise<void> {
  await run("git", ["--git-dir", gitDirectory, "update-ref", `refs/heads/${branch}`, sha]);
}
