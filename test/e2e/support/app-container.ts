import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import Docker from "dockerode";
import type { HostConfig } from "dockerode";
import { composedContainer } from "./composed-container.ts";

const root = path.join(import.meta.dirname, "../../..");
const docker = new Docker();

/** From the working tree, on the base that bin/setup made; quick when nothing changed. */
export async function buildAppImage(): Promise<void> {
  const options = ["--force-rm", "--tag", "handback:local", "--build-arg", "BASE=handback-base:local"];
  const before = await imageId();
  await promisify(execFile)("docker", ["build", ...options, "."], { cwd: root });
  if (before === null || before === (await imageId())) return;
  // Another test may be using it.
  await docker
    .getImage(before)
    .remove()
    .catch(() => undefined);
}

async function imageId(): Promise<string | null> {
  const facts = await docker
    .getImage("handback:local")
    .inspect()
    .catch(() => null);
  return facts?.Id ?? null;
}

/** A container made as compose.yaml says, but for what `changes` says. Nothing of it outlives disposal. */
export class AppContainer implements AsyncDisposable {
  readonly #container: Docker.Container;

  private constructor(container: Docker.Container) {
    this.#container = container;
  }

  /** `variables`: what the operator wrote into .env, without DOCKER_GID. */
  static async start(
    service: "prepare" | "redis" | "web" | "worker",
    variables: Readonly<Record<string, string>>,
    changes: {
      host?: HostConfig;
      environment?: Readonly<Record<string, string>>;
      command?: readonly string[];
    } = {},
  ): Promise<AppContainer> {
    const {
      HostConfig,
      Env = [],
      ...composed
    } = composedContainer(service, {
      DOCKER_GID: String(statSync("/var/run/docker.sock").gid),
      ...variables,
    });
    const container = new AppContainer(
      await docker.createContainer({
        ...composed,
        ...(changes.command === undefined ? {} : { Cmd: [...changes.command] }),
        Env: [...Env, ...Object.entries(changes.environment ?? {}).map((pair) => pair.join("="))],
        HostConfig: { ...HostConfig, ...changes.host },
      }),
    );
    await container.#container.start();
    return container;
  }

  /** Runs the `prepare` service to its end. */
  static async prepare(variables: Readonly<Record<string, string>>): Promise<void> {
    await using container = await AppContainer.start("prepare", variables);
    const exitCode = await container.ended();
    if (exitCode !== 0) throw new Error(`prepare ended with ${exitCode}: ${await container.log()}`);
  }

  /** Runs one command of `handback` in a new container of the worker's, as `docker compose run --rm worker` does. */
  static async run(
    command: readonly string[],
    variables: Readonly<Record<string, string>>,
    changes: { host?: HostConfig; environment?: Readonly<Record<string, string>> } = {},
  ): Promise<{ exitCode: number; output: string }> {
    const host = { ...changes.host, RestartPolicy: { Name: "no" } };
    await using container = await AppContainer.start("worker", variables, { ...changes, host, command });
    const exitCode = await container.ended();
    return { exitCode, output: await container.log() };
  }

  /** The files that Handback's user made go to this one, who could not remove them otherwise. */
  static async giveBack(directory: string): Promise<void> {
    const owner = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
    const options = ["--rm", "--network", "none", "--user", "0:0", "--entrypoint", "chown"];
    const mount = ["--volume", `${directory}:/data`];
    await promisify(execFile)("docker", [
      "run",
      ...options,
      ...mount,
      "handback:local",
      "-R",
      owner,
      "/data",
    ]);
  }

  async log(): Promise<string> {
    const bytes = await this.#container.logs({ stdout: true, stderr: true });
    // Eight bytes of head before each piece.
    let text = "";
    for (let at = 0; at + 8 <= bytes.length;) {
      const length = bytes.readUInt32BE(at + 4);
      text += bytes.subarray(at + 8, at + 8 + length).toString();
      at += 8 + length;
    }
    return text;
  }

  /** The fields of the first line of the log with this message. */
  async logged(message: string, withinMs = 40_000): Promise<Record<string, unknown>> {
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      const log = await this.log();
      const line = log.split("\n").find((one) => one.includes(JSON.stringify(message)));
      if (line !== undefined) return JSON.parse(line) as Record<string, unknown>;
      const { State } = await this.#container.inspect();
      if (!State.Running || performance.now() > giveUpAt)
        throw new Error(`no "${message}" in its log:\n${log}`);
      await sleep(50);
    }
  }

  /** Of `docker exec`, as the image's user. */
  async exec(...command: string[]): Promise<{ exitCode: number | null; output: string }> {
    const run = promisify(execFile)("docker", ["exec", this.#container.id, ...command]);
    return run.then(
      ({ stdout, stderr }) => ({ exitCode: 0, output: stdout + stderr }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        exitCode: error.code,
        output: error.stdout + error.stderr,
      }),
    );
  }

  /** The port of this machine that leads to 3000. */
  async publishedPort(): Promise<number> {
    const { NetworkSettings } = await this.#container.inspect();
    return Number(NetworkSettings.Ports["3000/tcp"]?.[0]?.HostPort);
  }

  /** What the engine's health check says now: the check of compose.yaml, run at once. */
  async health(): Promise<number | null> {
    const { Config } = await this.#container.inspect();
    const [, ...command] = Config.Healthcheck?.Test ?? [];
    return (await this.exec(...command)).exitCode;
  }

  /** When the engine's health check, run at once, says that it is well. */
  async healthy(withinMs = 20_000): Promise<void> {
    const giveUpAt = performance.now() + withinMs;
    while ((await this.health()) !== 0) {
      if (performance.now() > giveUpAt) throw new Error(`it does not become well:\n${await this.log()}`);
      await sleep(50);
    }
  }

  /** Paths of the host that are in it, and the names of its variables. */
  async given(): Promise<{ mounts: string[]; variables: string[]; user: string }> {
    const { Mounts, Config } = await this.#container.inspect();
    const variables = (Config.Env ?? []).filter((line) => !line.endsWith("="));
    return {
      mounts: Mounts.map(({ Source }) => Source),
      variables: variables.map((line) => line.split("=")[0] ?? ""),
      user: Config.User,
    };
  }

  /** The exit code, when it ends by itself. */
  async ended(): Promise<number> {
    const { StatusCode } = (await this.#container.wait()) as { StatusCode: number };
    return StatusCode;
  }

  /** As `docker compose stop`: SIGTERM, and SIGKILL after the grace period. The exit code. */
  async stop(): Promise<{ exitCode: number; seconds: number }> {
    const startedAt = performance.now();
    await this.#container.stop();
    const { State } = await this.#container.inspect();
    return { exitCode: State.ExitCode, seconds: (performance.now() - startedAt) / 1000 };
  }

  /** SIGKILL to everything in it, and it is gone, as after a power cut and `docker compose up --force-recreate`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true, v: true }).catch((error: { statusCode?: number }) => {
      if (error.statusCode !== 404) throw error;
    });
  }
}
