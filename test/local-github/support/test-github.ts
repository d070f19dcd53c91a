import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { onTestFinished } from "vitest";
import type { CreatedApp, LocalGitHub } from "../../../src/local-github/local-github.ts";
import type { LocalGitHubOptions } from "../../../src/local-github/start-local-github.ts";
import { startLocalGitHub } from "../../../src/local-github/start-local-github.ts";
import type { Installation, Permissions } from "../../../src/local-github/state/model.ts";
import { WebhookReceiver } from "./webhook-receiver.ts";

const run = promisify(execFile);

export const webhookSecret = "a secret for these tests";

const appPermissions: Permissions = {
  checks: "write",
  contents: "write",
  issues: "write",
  metadata: "read",
  pull_requests: "write",
  statuses: "read",
};

const subscriptions = [
  "create",
  "delete",
  "issue_comment",
  "issues",
  "pull_request",
  "pull_request_review",
  "pull_request_review_comment",
  "pull_request_review_thread",
  "push",
];

export type TestGitHub = {
  github: LocalGitHub;
  receiver: WebhookReceiver;
  app: CreatedApp;
  installation: Installation;
  /** Calls as the App's installation. */
  octokit: Octokit;
  directory: string;
};

/**
 * A local GitHub with `acme/widgets` (one commit on main: README.md, src/sum.js), owner acme, alice who may write,
 * bob who may only read, and an App that is installed. All is gone when the test ends.
 */
export async function startTestGitHub(
  options: Partial<LocalGitHubOptions> & { private?: boolean } = {},
): Promise<TestGitHub> {
  const directory = await mkdtemp(path.join(tmpdir(), "local-github-"));
  const github = await startLocalGitHub({ directory: path.join(directory, "github"), ...options });
  const receiver = await WebhookReceiver.start(webhookSecret);
  onTestFinished(async () => {
    try {
      await github.close();
    } finally {
      await receiver[Symbol.asyncDispose]();
      await rm(directory, { recursive: true, force: true });
    }
  });
  const source = path.join(directory, "source");
  await makeHistory(source);
  await github.createRepository({ fullName: "acme/widgets", source, private: options.private ?? false });
  github.setCollaborator("acme/widgets", "alice", "write");
  github.createUser({ login: "bob" });
  const app = await github.createApp({
    name: "Handback Test",
    webhookUrl: receiver.url,
    webhookSecret,
    permissions: appPermissions,
    events: subscriptions,
  });
  const installation = github.installApp(app.appId, ["acme/widgets"]);
  const octokit = new Octokit({
    baseUrl: github.apiUrl,
    authStrategy: createAppAuth,
    auth: { appId: app.appId, privateKey: app.privateKey, installationId: installation.id },
    log: quiet,
  });
  await github.webhooksSettled();
  receiver.clear();
  return { github, receiver, app, installation, octokit, directory };
}

/** Calls as the App itself. */
export function asApp({ github, app }: TestGitHub): Octokit {
  const auth = { appId: app.appId, privateKey: app.privateKey };
  return new Octokit({ baseUrl: github.apiUrl, authStrategy: createAppAuth, auth, log: quiet });
}

export function asPerson({ github }: TestGitHub, login: string): Octokit {
  return new Octokit({ baseUrl: github.apiUrl, auth: github.createUserToken(login), log: quiet });
}

export async function mintToken(test: TestGitHub, permissions?: Permissions): Promise<string> {
  const { data } = await asApp(test).rest.apps.createInstallationAccessToken({
    installation_id: test.installation.id,
    ...(permissions && { permissions }),
  });
  return data.token;
}

/** Commits on top of the branch, or of main, and pushes with an installation's token; returns the commit's name. */
export async function pushBranch(
  test: TestGitHub,
  branch: string,
  files: Record<string, string>,
  options: { token?: string; repository?: string; message?: string } = {},
): Promise<string> {
  const { github, directory } = test;
  const token = options.token ?? (await mintToken(test));
  const name = options.repository ?? "acme/widgets";
  const remote = remoteUrl(github.url, token, name);
  const folder = path.join(directory, "source");
  const known = await github.git.branches(github.repository(name));
  await git(folder, "fetch", "--quiet", remote, known.some((one) => one.name === branch) ? branch : "main");
  await git(folder, "checkout", "--quiet", "-B", branch, "FETCH_HEAD");
  await writeFiles(folder, files);
  await git(folder, "add", "--all");
  await git(folder, "commit", "--quiet", "-m", options.message ?? `Change ${Object.keys(files).join(", ")}`);
  await git(folder, "push", "--quiet", remote, branch);
  return git(folder, "rev-parse", "HEAD");
}

export function remoteUrl(url: string, token: string, repository: string): string {
  return `${url.replace("http://", `http://x-access-token:${token}@`)}/${repository}.git`;
}

export async function git(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run("git", args, {
    cwd: folder,
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_TERMINAL_PROMPT: "0",
      GIT_AUTHOR_NAME: "Alice",
      GIT_AUTHOR_EMAIL: "alice@example.com",
      GIT_COMMITTER_NAME: "Alice",
      GIT_COMMITTER_EMAIL: "alice@example.com",
    },
  });
  return stdout.trim();
}

async function makeHistory(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await git(folder, "init", "--quiet", "--initial-branch=main");
  await writeFiles(folder, { "README.md": "# Widgets\n", "src/sum.js": sumFile });
  await git(folder, "add", "--all");
  await git(folder, "commit", "--quiet", "-m", "Begin");
}

export const sumFile = [
  "export function sum(a, b) {",
  "  return a - b;",
  "}",
  "",
  ...Array.from({ length: 20 }, (_, index) => `// line ${index + 5}`),
  "",
].join("\n");

async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
}

/** Octokit warns of every failed request, and these tests fail requests on purpose. */
const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
