import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { startScriptedModel, type ScriptedModel } from "../../src/demo/scripted-model.ts";
import type { LocalSummary } from "../../src/local/local-summary.ts";

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds. */
  readonly took: number;
}

/** A folder for a test's repositories, a scripted model, and `bin/handback` as a person runs it. */
export class LocalWorld {
  readonly directory: string;
  readonly dataDirectory: string;
  readonly model: ScriptedModel;
  readonly env: Record<string, string | undefined>;

  static async start(scenes: readonly Scene[], options: { delayMs?: number } = {}): Promise<LocalWorld> {
    const model = await startScriptedModel({ script: { scenes }, ...options });
    onTestFinished(() => model.close());
    return new LocalWorld(model);
  }

  private constructor(model: ScriptedModel) {
    this.model = model;
    this.directory = mkdtempSync(path.join(tmpdir(), "hb-local-"));
    onTestFinished(() => rmSync(this.directory, { recursive: true, force: true }));
    const home = path.join(this.directory, "home");
    mkdirSync(home);
    this.dataDirectory = path.join(home, ".local/share/handback");
    const { HANDBACK_DATA: _data, XDG_DATA_HOME: _xdg, FORCE_COLOR: _colour, ...env } = process.env;
    this.env = { ...env, HOME: home, ANTHROPIC_API_KEY: model.apiKey, ANTHROPIC_BASE_URL: model.url };
  }

  /** Started in `cwd`, with pipes; killed when the test is over. */
  start(
    args: readonly string[],
    options: { cwd?: string; env?: Record<string, string | undefined> } = {},
  ): { child: ChildProcess; stderr: () => string; ended: Promise<Ended> } {
    const startedAt = performance.now();
    const child = spawn(bin, [...args], {
      cwd: options.cwd ?? this.directory,
      env: { ...this.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve) => {
      child.once("close", (exitCode) =>
        resolve({ exitCode, stdout, stderr, took: performance.now() - startedAt }),
      );
    });
    return { child, stderr: () => stderr, ended };
  }

  run(args: readonly string[], options: Parameters<LocalWorld["start"]>[1] = {}): Promise<Ended> {
    return this.start(args, options).ended;
  }
}

/** The one line on stdout. */
export function summaryIn({ stdout, stderr }: Ended): LocalSummary {
  const lines = stdout.trimEnd().split("\n");
  if (lines.length !== 1 || !stdout.startsWith("{")) throw new Error(`not one line:\n${stdout}\n${stderr}`);
  return JSON.parse(stdout) as LocalSummary;
}

const bin = path.join(import.meta.dirname, "../../bin/handback");
