import type { CommandState, EndedCommand, RunningCommand, Sandbox } from "../../sandbox/sandbox.ts";
import { howItEnded, newIn } from "./bash-output.ts";

/** Commands that may run in the background at once. */
export const maxJobs = 8;
const rememberedEnds = 50;

interface Job {
  readonly command: string;
  /** What was shown of it last. */
  shown: string;
}

/** The commands of one agent that run on while it does other things. */
export class Jobs {
  readonly #sandbox: Sandbox;
  readonly #running = new Map<number, Job>();
  /** How earlier ones ended. */
  readonly #ended = new Map<number, string>();

  constructor(sandbox: Sandbox) {
    this.#sandbox = sandbox;
  }

  has(number: number): boolean {
    return this.#running.has(number);
  }

  running(): number {
    return this.#running.size;
  }

  describe(): string {
    if (this.#running.size === 0) return "no job is running";
    const named = [...this.#running].map(([number, { command }]) => `${number} (${short(command)})`);
    return named.length === 1 ? `job ${named[0]} is running` : `jobs ${named.join(", ")} are running`;
  }

  describeMissing(number: number): string {
    return this.#ended.get(number) ?? `There is no job ${number}: ${this.describe()}.`;
  }

  async start(command: string): Promise<number> {
    const number = await this.#sandbox.start(command);
    this.#running.set(number, { command, shown: "" });
    return number;
  }

  /** A running command's preview is what was not shown before. Throws the signal's reason after it has stopped the command. */
  async wait(number: number, options: { timeoutMs: number; signal: AbortSignal }): Promise<CommandState> {
    const state = await this.#sandbox.wait(number, options);
    if (state.status === "ended") this.#forget(number, state);
    else if (options.signal.aborted) await this.#sandbox.stop(number).catch(() => undefined);
    options.signal.throwIfAborted();
    return state.status === "ended" ? state : this.#unshown(number, state);
  }

  async stop(number: number): Promise<EndedCommand> {
    const end = await this.#sandbox.stop(number);
    this.#forget(number, end);
    return end;
  }

  /** One line for each job which has ended since the last call, but for the one that is asked for anyway. */
  async noteEnds(except: number | undefined): Promise<string[]> {
    const notes: string[] = [];
    // One after the other: a recorded run is replayed in the same order.
    for (const number of this.#running.keys()) {
      if (number === except) continue;
      const state = await this.#sandbox.wait(number, { timeoutMs: 0 });
      if (state.status === "ended") notes.push(this.#forget(number, state));
    }
    return notes;
  }

  /** At the end of the agent, also when the sandbox is gone. */
  async stopAll(): Promise<void> {
    const numbers = [...this.#running.keys()];
    this.#running.clear();
    await Promise.all(numbers.map((number) => this.#sandbox.stop(number).catch(() => undefined)));
  }

  #unshown(number: number, state: RunningCommand): RunningCommand {
    const job = this.#running.get(number);
    const preview = newIn(state.preview, job?.shown ?? "");
    if (job !== undefined) job.shown = state.preview;
    return { ...state, preview };
  }

  #forget(number: number, end: EndedCommand): string {
    const command = this.#running.get(number)?.command ?? "";
    this.#running.delete(number);
    const note = `[job ${number} has ended: ${howItEnded(end)}; its output: ${end.outputPath}, ${end.outputBytes} bytes; ${short(command)}]`;
    this.#ended.set(number, note);
    for (const oldest of this.#ended.keys()) {
      if (this.#ended.size > rememberedEnds) this.#ended.delete(oldest);
    }
    return note;
  }
}

function short(command: string): string {
  const line = command.replace(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 59)}…` : line;
}
