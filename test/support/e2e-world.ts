import { readFileSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import Docker from "dockerode";
import { parse } from "yaml";
import { startScriptedModel, type ScriptedModel } from "../../src/demo/scripted-model.ts";
import type { LocalGitHub } from "../../src/local-github/local-github.ts";
import { startLocalGitHub } from "../../src/local-github/start-local-github.ts";
import type { RunConclusion } from "../../src/run/run.ts";
import { installationLabel } from "../../src/sandbox/docker-sweep.ts";
import { clampFiles, clampIssue, clampScript } from "../e2e/support/clamp-story.ts";
import { DockerDoor } from "../e2e/support/docker-door.ts";
import { GitHubDoor } from "../e2e/support/github-door.ts";
import { HandbackProcess } from "../e2e/support/handback-process.ts";
import { JournalView } from "../e2e/support/journal-view.ts";
import { sampleRepository } from "./sample-repository.ts";

export const e2eRepository = "pier-nine/units";
/** Who opens the issue, labels it, and may write. */
export const asker = "noor";

/**
 * A GitHub with one small repository, a scripted model, and Handback as a real process of its own; Docker, Redis, git and HTTP are
 * real. Dispose of it, also after a failure: nothing of it outlives that.
 */
export class E2eWorld implements AsyncDisposable {
  readonly github: LocalGitHub;
  readonly model: ScriptedModel;
  /** Between Handback and GitHub. */
  readonly door: GitHubDoor;
  readonly journal: JournalView;
  readonly dataDirectory: string;
  readonly docker = new Docker();
  readonly #environment: Readonly<Record<string, string>>;
  readonly #connect: (handbackUrl: string) => void;
  readonly #parts: AsyncDisposableStack;
  readonly #processes: HandbackProcess[] = [];

  private constructor(parts: {
    github: LocalGitHub;
    model: ScriptedModel;
    door: GitHubDoor;
    dataDirectory: string;
    environment: Readonly<Record<string, string>>;
    connect: (handbackUrl: string) => void;
    owned: AsyncDisposableStack;
  }) {
    this.github = parts.github;
    this.model = parts.model;
    this.door = parts.door;
    this.dataDirectory = parts.dataDirectory;
    this.journal = new JournalView(path.join(parts.dataDirectory, "handback.db"));
    this.#environment = parts.environment;
    this.#connect = parts.connect;
    this.#parts = parts.owned;
  }

  /** `files` come on top of those of the clamp story. */
  static async start(
    options: Partial<Pick<ModelOptions, "script" | "onRequest">> & {
      files?: Readonly<Record<string, string>>;
      modelDelayMs?: number;
    } = {},
  ): Promise<E2eWorld> {
    await using owned = new AsyncDisposableStack();
    const directory = await mkdtemp(path.join(tmpdir(), "hb-e2e-"));
    owned.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    const github = owned.use(await startLocalGitHub({ directory: path.join(directory, "github") }));
    const sample = owned.use(sampleRepository({ ...clampFiles, ...options.files }));
    await github.createRepository({ fullName: e2eRepository, source: sample.bare });
    github.createUser({ login: asker });
    github.setCollaborator(e2eRepository, asker, "write");
    const manifest = parse(readFileSync(path.join(import.meta.dirname, "../../app.yml"), "utf8")) as Manifest;
    const app = await github.createApp({
      name: manifest.name,
      permissions: manifest.default_permissions,
      events: manifest.default_events,
    });
    github.installApp(app.appId, [e2eRepository]);
    const secret = crypto.randomUUID();
    const model = await startScriptedModel({
      script: options.script ?? clampScript,
      delayMs: options.modelDelayMs ?? 0,
      ...(options.onRequest ? { onRequest: options.onRequest } : {}),
    });
    owned.defer(() => model.close());
    const door = await GitHubDoor.open(github.url);
    owned.defer(() => door.close());
    const dataDirectory = path.join(directory, "handback");
    const environment = {
      HANDBACK_DATA: dataDirectory,
      APP_ID: String(app.appId),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: secret,
      GITHUB_API_URL: `${door.url}/api/v3`,
      GITHUB_SERVER_URL: door.url,
      ANTHROPIC_API_KEY: model.apiKey,
      ANTHROPIC_BASE_URL: model.url,
      PORT: "0",
      // Many processes of the same files: compiled once.
      NODE_COMPILE_CACHE: path.join(tmpdir(), "handback-e2e-compiled"),
    };
    const connect = (handbackUrl: string): void =>
      github.setWebhook(app.appId, { url: `${handbackUrl}/api/github/webhooks`, secret });
    return new E2eWorld({ github, model, door, dataDirectory, environment, connect, owned: owned.move() });
  }

  /** What must be found nowhere: the App's key and webhook secret, and the model's key. */
  get secrets(): string[] {
    const { PRIVATE_KEY = "", WEBHOOK_SECRET = "", ANTHROPIC_API_KEY = "" } = this.#environment;
    return [PRIVATE_KEY, WEBHOOK_SECRET, ANTHROPIC_API_KEY];
  }

  /** A new process on the same data; GitHub's webhooks go to it from now on. */
  async startHandback(environment: Readonly<Record<string, string>> = {}): Promise<HandbackProcess> {
    const handback = this.spawnHandback(environment);
    this.#connect(await handback.running());
    return handback;
  }

  /** Without waiting for it to run. */
  spawnHandback(environment: Readonly<Record<string, string>> = {}): HandbackProcess {
    const handback = new HandbackProcess({ ...this.#environment, ...environment });
    this.#processes.push(handback);
    return handback;
  }

  /** A way to Docker that can be shut; for `DOCKER_HOST=unix://<socketPath>`. */
  async dockerDoor(): Promise<DockerDoor> {
    const door = await DockerDoor.open(`${this.dataDirectory}.docker.sock`);
    this.#parts.defer(() => door.shut());
    return door;
  }

  /** The asker opens the issue and puts the label on it; its number. */
  async ask(): Promise<number> {
    const person = this.github.as(asker);
    const { number } = await person.openIssue(e2eRepository, clampIssue);
    await person.addLabel(e2eRepository, number, "agent");
    return number;
  }

  /** Waits for the end of the newest run. */
  async conclusion(withinMs = 90_000): Promise<RunConclusion> {
    await this.until(() => this.journal.conclusion() !== null, withinMs);
    return this.journal.conclusion()!;
  }

  /** Fails with the journal and the log's end when `claim` does not hold in time. */
  async until(claim: () => boolean | Promise<boolean>, withinMs = 60_000): Promise<void> {
    const giveUpAt = performance.now() + withinMs;
    while (!(await claim())) {
      if (performance.now() > giveUpAt)
        throw new Error(`It did not come true in ${withinMs} ms.\n${this.story()}`);
      await sleep(5);
    }
  }

  /** Ids of all containers of this world's Handback, dead or alive, or of those in one state. */
  async containers(state?: "running"): Promise<string[]> {
    const label = [`handback.installation=${installationLabel(path.join(this.dataDirectory, "sandboxes"))}`];
    const found = await this.docker.listContainers({ all: true, filters: { label } });
    return found.filter((one) => state === undefined || one.State === state).map(({ Id }) => Id);
  }

  /** What happened, for the message of a failed test. */
  story(): string {
    const events = this.journal.events().map(({ epoch, event }) => `${epoch} ${JSON.stringify(event)}`);
    const log = this.#processes.flatMap(({ lines }, index) =>
      lines.slice(-15).map((line) => `[${index}] ${line.slice(0, 600)}`),
    );
    return [...events.map((line) => line.slice(0, 300)), ...log].join("\n");
  }

  /** Processes that were started by a Handback which is gone: git at work for it on this world's data. */
  async orphanedGit(): Promise<number> {
    const processes = await readdir("/proc");
    const commands = await Promise.all(
      processes
        .filter((name) => /^\d+$/.test(name))
        .map((name) => readFile(`/proc/${name}/cmdline`, "utf8").catch(() => "")),
    );
    return commands.filter((command) => command.startsWith("git") && command.includes(this.dataDirectory))
      .length;
  }

  /** The server's process id; null when there is none. */
  async redisProcess(): Promise<number | null> {
    const directory = path.join(this.dataDirectory, "redis");
    const processId = Number(await readFile(path.join(directory, "redis.pid"), "utf8").catch(() => "0"));
    if (!(processId > 0)) return null;
    const commandLine = await readFile(`/proc/${processId}/cmdline`, "utf8").catch(() => "");
    return commandLine.includes("redis-server") ? processId : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((handback) => handback.kill()));
    const redis = await this.redisProcess();
    if (redis !== null) process.kill(redis, "SIGKILL");
    for (const id of await this.containers()) {
      await this.docker
        .getContainer(id)
        .remove({ force: true, v: true })
        .catch(() => undefined);
    }
    this.journal[Symbol.dispose]();
    await this.#parts.disposeAsync();
  }
}

type ModelOptions = Parameters<typeof startScriptedModel>[0];

interface Manifest {
  readonly name: string;
  readonly default_permissions: Record<string, "read" | "write" | "admin">;
  readonly default_events: string[];
}
