import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { startEmbeddedRedis } from "../../src/jobs/embedded-redis.ts";
import type { EmbeddedRedis } from "../../src/jobs/embedded-redis.ts";

/** A logger that keeps its lines. */
export class Lines {
  readonly lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  readonly debug = this.#take("debug");
  readonly info = this.#take("info");
  readonly warn = this.#take("warn");
  readonly error = this.#take("error");

  get messages(): string[] {
    return this.lines.map((line) => line.message);
  }

  #take(level: string) {
    return (fields: unknown, message?: string): void => {
      this.lines.push({ level, fields: Object(fields), message: message ?? String(fields) });
    };
  }
}

export async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "hb-jobs-"));
  onTestFinished(async () => {
    await killRedisOf(directory);
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}

export async function aRedis(
  options: Partial<Parameters<typeof startEmbeddedRedis>[0]> = {},
): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ directory: await newDirectory(), ...options });
  onTestFinished(async () => await redis[Symbol.asyncDispose]());
  return redis;
}

/** A child of this folder's scripts, with its lines; it does not outlive the test. */
export function startChild(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): { child: ChildProcess; lines: string[] } {
  const file = path.join(import.meta.dirname, script);
  const child = spawn(process.execPath, [file, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => lines.push(`stderr ${line}`));
  onTestFinished(() => {
    child.kill("SIGCONT");
    child.kill("SIGKILL");
  });
  return { child, lines };
}

/** Waits until `claim` holds; fails with what `show` tells. Returns how long it took, in ms. */
export async function until(
  claim: () => boolean | Promise<boolean>,
  options: { withinMs?: number; show?: () => unknown } = {},
): Promise<number> {
  const { withinMs = 15_000 } = options;
  const startedAt = performance.now();
  while (!(await claim())) {
    if (performance.now() - startedAt > withinMs) {
      throw new Error(`It did not come true in ${withinMs} ms: ${JSON.stringify(options.show?.() ?? null)}`);
    }
    await sleep(20);
  }
  return performance.now() - startedAt;
}

/** Only a server of this directory: its id comes from its own pid file, and its command line must name the directory. */
async function killRedisOf(directory: string): Promise<void> {
  const processId = Number(await readFile(path.join(directory, "redis.pid"), "utf8").catch(() => "0"));
  if (!(processId > 0)) return;
  const commandLine = await readFile(`/proc/${processId}/cmdline`, "utf8").catch(() => "");
  if (commandLine.includes("redis-server")) process.kill(processId, "SIGKILL");
}
