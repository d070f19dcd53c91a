import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { readConfig } from "../../../src/config.ts";
import { startScriptedModel, type ScriptedModel } from "../../../src/demo/scripted-model.ts";
import type { Scene } from "../../../src/demo/script.ts";
import type { CreatedApp, LocalGitHub } from "../../../src/local-github/local-github.ts";
import { startLocalGitHub } from "../../../src/local-github/start-local-github.ts";
import type { Person } from "../../../src/local-github/person.ts";
import { createLogger } from "../../../src/log.ts";
import { startHandback, type Handback } from "../../../src/main.ts";
import type { Run, RunConclusion } from "../../../src/run/run.ts";
import { sampleRepository } from "../../support/sample-repository.ts";
import { usualScenes } from "./scenes.ts";
import { writesIn, type Writes } from "./writes.ts";

/** Who asks, in every repository of this world; may write. */
export const asker = "mara";

export interface EndedRun {
  readonly run: Run;
  readonly conclusion: RunConclusion;
  /** The status comment as it stands at the end; null when there is none. */
  readonly words: string | null;
}

/**
 * A GitHub, a scripted model and a whole Handback in this process, for many repositories side by side: each has its own owner
 * and installation. Docker, Redis, git and HTTP are real.
 */
export class BadInputWorld implements AsyncDisposable {
  readonly github: LocalGitHub;
  readonly model: ScriptedModel;
  readonly handback: Handback;
  readonly webhookSecret: string;
  /** Where Handback keeps everything. */
  readonly dataDirectory: string;
  /** Warnings and errors of Handback, one JSON object each. */
  readonly log: string[];
  readonly #app: CreatedApp;
  readonly #scenes: Scene[];
  readonly #parts: AsyncDisposableStack;
  #repositories = 0;

  private constructor(parts: {
    github: LocalGitHub;
    model: ScriptedModel;
    handback: Handback;
    webhookSecret: string;
    dataDirectory: string;
    log: string[];
    app: CreatedApp;
    scenes: Scene[];
    owned: AsyncDisposableStack;
  }) {
    this.github = parts.github;
    this.model = parts.model;
    this.handback = parts.handback;
    this.webhookSecret = parts.webhookSecret;
    this.dataDirectory = parts.dataDirectory;
    this.log = parts.log;
    this.#app = parts.app;
    this.#scenes = parts.scenes;
    this.#parts = parts.owned;
  }

  static async start(
    options: { environment?: Readonly<Record<string, string>> } = {},
  ): Promise<BadInputWorld> {
    await using owned = new AsyncDisposableStack();
    const directory = await mkdtemp(path.join(tmpdir(), "hb-bad-"));
    owned.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    const github = owned.use(await startLocalGitHub({ directory: path.join(directory, "github") }));
    github.createUser({ login: asker });
    const manifest = parse(readFileSync(manifestFile, "utf8")) as Manifest;
    const app = await github.createApp({
      name: manifest.name,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
    });
    const scenes: Scene[] = [...usualScenes];
    const model = await startScriptedModel({ script: { scenes } });
    owned.defer(() => model.close());
    const webhookSecret = crypto.randomUUID();
    const config = readConfig({
      HANDBACK_DATA: path.join(directory, "handback"),
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      GITHUB_API_URL: github.apiUrl,
      GITHUB_SERVER_URL: github.url,
      ANTHROPIC_API_KEY: model.apiKey,
      ANTHROPIC_BASE_URL: model.url,
      PORT: "0",
      WORKER_CONCURRENCY: "4",
      ...options.environment,
    });
    const log: string[] = [];
    const logger = createLogger({ level: "warn", destination: { write: (line) => log.push(line) } });
    const roles = { web: true, worker: true };
    const handback = owned.use(await startHandback({ config, roles, logger }));
    github.setWebhook(app.appId, {
      url: `${handback.url}/api/github/webhooks`,
      secret: webhookSecret,
    });
    return new BadInputWorld({
      github,
      model,
      handback,
      webhookSecret,
      dataDirectory: config.dataDir,
      log,
      app,
      scenes,
      owned: owned.move(),
    });
  }

  get botLogin(): string {
    return this.#app.botLogin;
  }

  as(login: string = asker): Person {
    return this.github.as(login);
  }

  /** What the model says from now on; these scenes come before all others. */
  script(...scenes: readonly Scene[]): void {
    this.#scenes.unshift(...scenes);
  }

  /** A repository of its own with one commit of these files, or without any; its full name. */
  async repository(files: Readonly<Record<string, string>> | null): Promise<string> {
    this.#repositories += 1;
    const fullName = `quay-${this.#repositories}/notes`;
    if (files === null) await this.github.createRepository({ fullName });
    else {
      using sample = sampleRepository(files);
      await this.github.createRepository({ fullName, source: sample.bare });
    }
    this.github.setCollaborator(fullName, asker, "write");
    this.github.installApp(this.#app.appId, [fullName]);
    return fullName;
  }

  /** The asker opens an issue and asks for it, by a comment or by the label; its number. */
  async ask(repository: string, issue: { title: string; body?: string; command?: string }): Promise<number> {
    const person = this.as();
    const { title, body = "Please see to it; the README shows what is there.", command } = issue;
    const { number } = await person.openIssue(repository, { title, body });
    if (command === undefined) await person.addLabel(repository, number, "agent");
    else person.comment(repository, number, command);
    return number;
  }

  /** Asks, and waits for the end. */
  async askAndWait(repository: string, issue: Parameters<BadInputWorld["ask"]>[1]): Promise<EndedRun> {
    return this.ended(repository, await this.ask(repository, issue));
  }

  /** Waits until the newest run on an issue or pull request is completed in the store. */
  async ended(repository: string, issueNumber: number, withinMs = 100_000): Promise<EndedRun> {
    const run = await this.until(
      async () => {
        const newest = await this.newestRun(repository, issueNumber);
        return newest?.state.status === "completed" ? newest : null;
      },
      withinMs,
      async () => JSON.stringify(await this.newestRun(repository, issueNumber), null, 1),
    );
    if (run.state.status !== "completed") throw new TypeError("not completed");
    const comments = this.commentsOf(repository, issueNumber);
    const words = comments.find((body) => body.includes(`handback:${run.id}:status`)) ?? null;
    return { run, conclusion: run.state.conclusion, words };
  }

  async newestRun(repository: string, issueNumber: number): Promise<Run | null> {
    const [owner = "", name = ""] = repository.split("/");
    const runs = await this.handback.store.listRuns({ repository: { owner, name }, issueNumber, limit: 1 });
    return runs[0] ?? null;
  }

  /** Waits until the run is in a step. */
  async atStep(repository: string, issueNumber: number, step: string): Promise<void> {
    await this.until(async () => {
      const run = await this.newestRun(repository, issueNumber);
      return run?.state.status === "in_progress" && run.state.step === step ? run : null;
    });
  }

  /** Polls until there is something. */
  async until<T>(
    look: () => Promise<T | null> | T | null,
    withinMs = 60_000,
    describe: () => Promise<string> | string = () => "",
  ): Promise<T> {
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      const found = await look();
      if (found !== null) return found;
      if (performance.now() > giveUpAt) {
        throw new Error(`Not in ${withinMs} ms.\n${await describe()}\n${this.log.slice(-10).join("")}`);
      }
      await sleep(50);
    }
  }

  /** Waits for a comment of the bot's that is no status comment, and gives its text. */
  async reply(repository: string, issueNumber: number): Promise<string> {
    return this.until(() => {
      const bodies = this.commentsOf(repository, issueNumber);
      return bodies.find((body) => !body.includes(":status -->")) ?? null;
    }, 10_000);
  }

  /** The bodies of what the bot wrote there, oldest first. */
  commentsOf(repository: string, issueNumber: number): string[] {
    const issue = this.github.state.issue(this.github.repository(repository), issueNumber);
    const comments = issue?.comments ?? [];
    return comments.filter(({ author }) => author.login === this.botLogin).map(({ body }) => body);
  }

  /** All that the bot has done there, counted. */
  async writes(repository: string): Promise<Writes> {
    return writesIn(this.github.repository(repository), this.botLogin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.disposeAsync();
  }
}

const manifestFile = path.join(import.meta.dirname, "../../../app.yml");

interface Manifest {
  readonly name: string;
  readonly default_permissions: Record<string, "read" | "write" | "admin">;
  readonly default_events: string[];
}
