import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";

const root = path.join(import.meta.dirname, "../../..");

/** `handback start` as an operator runs it: a process of its own, with nothing of ours in its environment. */
export class HandbackProcess {
  readonly child: ChildProcess;
  /** Its log and what it said on stderr, newest last. */
  readonly lines: string[] = [];
  readonly #ended: Promise<number | null>;

  constructor(environment: Readonly<Record<string, string>>) {
    const { PATH = "", HOME = "" } = process.env;
    this.child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", path.join(root, "src/cli.ts"), "start"],
      { cwd: root, env: { PATH, HOME, ...environment }, stdio: ["ignore", "pipe", "pipe"] },
    );
    for (const stream of [this.child.stdout, this.child.stderr]) {
      if (stream) createInterface({ input: stream }).on("line", (line) => this.lines.push(line));
    }
    this.#ended = once(this.child, "exit").then(([code]) => code as number | null);
  }

  /** Its address, when it says that it runs. Throws with its words when it ends before. */
  async running(withinMs = 40_000): Promise<string> {
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      const url = this.lines.map(urlIn).find((one) => one !== null);
      if (url !== undefined && url !== null) return url;
      if (this.hasEnded) throw new Error(`Handback ended: ${this.lines.join("\n")}`);
      if (performance.now() > giveUpAt) throw new Error(`Handback does not run: ${this.lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** The exit code; null after a signal. */
  async exit(): Promise<number | null> {
    return this.#ended;
  }

  /** As an operator ends it. */
  async end(): Promise<void> {
    this.child.kill("SIGTERM");
    await this.#ended;
  }

  /** -9: it gets no chance to do anything more. */
  async kill(): Promise<void> {
    if (!this.hasEnded) this.child.kill("SIGKILL");
    await this.#ended;
  }
}

function urlIn(line: string): string | null {
  if (!line.includes('"Handback is running"')) return null;
  return (JSON.parse(line) as { url: string | null }).url;
}
