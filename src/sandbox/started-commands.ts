import type { z } from "zod";
import { RequestRefused } from "./channel.ts";
import { previewOf } from "./preview.ts";
import type { CommandOutput, CommandState, EndedCommand } from "./sandbox.ts";
import type { ExecAnswer, PeekAnswer } from "./sandbox-answers.ts";

type ExecAnswer = z.infer<typeof ExecAnswer>;
type PeekAnswer = z.infer<typeof PeekAnswer>;

interface Started {
  readonly ended: Promise<EndedCommand>;
  readonly stop: AbortController;
}

/** The host's list of the commands of one sandbox that were started to be waited for later. */
export class StartedCommands {
  readonly #peek: (number: number) => Promise<PeekAnswer>;
  readonly #started = new Map<number, Started>();
  #count = 0;

  /** `peek` throws RequestRefused for a command that is over. */
  constructor(peek: (number: number) => Promise<PeekAnswer>) {
    this.#peek = peek;
  }

  /** `run` asks for the command, which gets the number that is returned, and resolves at its end. */
  add(run: (number: number, stop: AbortSignal) => Promise<ExecAnswer>): number {
    const number = (this.#count += 1);
    const stop = new AbortController();
    const ended = run(number, stop.signal).then(endedCommand, notStarted);
    // Whoever waits gets the error; nobody may be waiting.
    ended.catch(() => undefined);
    this.#started.set(number, { ended, stop });
    return number;
  }

  async wait(number: number, options: { timeoutMs: number; signal?: AbortSignal }): Promise<CommandState> {
    const { ended } = this.#get(number);
    const inTime = await unlessLate(ended, options);
    if (inTime !== null) return this.#told(number, inTime);
    try {
      const { quietSeconds, waitsFor, ...printed } = await this.#peek(number);
      return { status: "running", ...outputOf(printed), quietSeconds, waitsFor };
    } catch (error) {
      if (error instanceof RequestRefused) return this.#told(number, await ended);
      throw error;
    }
  }

  async stop(number: number): Promise<EndedCommand> {
    const { ended, stop } = this.#get(number);
    stop.abort();
    return this.#told(number, await ended);
  }

  /** An agent makes thousands of calls: what was told is not kept. */
  #told(number: number, end: EndedCommand): EndedCommand {
    this.#started.delete(number);
    return end;
  }

  #get(number: number): Started {
    const started = this.#started.get(number);
    if (started === undefined) throw new RangeError(`there is no command ${number}, or its end was told`);
    return started;
  }
}

export function outputOf(answer: Omit<PeekAnswer, "quietSeconds" | "waitsFor">): CommandOutput {
  const { outputBytes, outputPath, seconds } = answer;
  return { preview: previewOf(answer), outputBytes, outputPath, seconds };
}

/** No process to be had, or no such folder: that is a command's bad luck, which its caller is to see. */
export function neverRan(error: unknown): CommandOutput & { exitCode: null; reason: "killed" } {
  if (!(error instanceof RequestRefused)) throw error;
  const nothing = { outputBytes: 0, outputPath: "/dev/null", seconds: 0 };
  return { exitCode: null, reason: "killed", preview: error.message, ...nothing };
}

function endedCommand(answer: ExecAnswer): EndedCommand {
  return { status: "ended", exitCode: answer.exitCode, reason: reasonOf(answer), ...outputOf(answer) };
}

function notStarted(error: unknown): EndedCommand {
  return { status: "ended", ...neverRan(error) };
}

function reasonOf({ end, signal }: ExecAnswer): EndedCommand["reason"] {
  switch (end) {
    case "exited":
      return signal === null ? "exited" : "killed";
    case "cancelled":
      return "stopped";
    case "timeout":
      return "killed";
    case "asked_for_input":
    case "out_of_memory":
      return end;
    default:
      return end satisfies never;
  }
}

/** null when time or patience is over first. */
async function unlessLate<T>(
  work: Promise<T>,
  options: { timeoutMs: number; signal?: AbortSignal },
): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const give = () => late.resolve(null);
  const timer = setTimeout(give, options.timeoutMs);
  options.signal?.addEventListener("abort", give, { once: true });
  if (options.signal?.aborted === true) give();
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", give);
  }
}
