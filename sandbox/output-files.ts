import { join } from "node:path";
import { CommandOutput } from "./command-output.ts";
import type { OutputPipe } from "./output-pipes.ts";
import { ensureOutputFolder } from "./output-folder.ts";
import { PREVIEW_BYTES } from "./protocol.ts";

/** What one command's output file may hold. */
const ONE_BYTES = 64 * 1024 * 1024;
/** What all files may hold together; those of ended commands go first, the oldest before the others. */
const ALL_BYTES = 96 * 1024 * 1024;
/** What a command may keep although the running ones have taken all. */
const LEAST_BYTES = 4 * 1024 * 1024;

/** The kept outputs of all commands, and how much room each may take. */
export class OutputFiles {
  readonly #directory: string;
  /** Oldest first. */
  readonly #kept = new Set<CommandOutput>();
  readonly #running = new Set<CommandOutput>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  open(pipe: Pick<OutputPipe, "readFd">, number: number): CommandOutput {
    ensureOutputFolder(this.#directory);
    const output: CommandOutput = new CommandOutput({
      readFd: pipe.readFd,
      path: join(this.#directory, `output-${number}.log`),
      room: (bytes) => this.#room(output, bytes),
      previewBytes: PREVIEW_BYTES,
    });
    this.#kept.add(output);
    this.#running.add(output);
    return output;
  }

  /** Its command is over: the file stays until the room is needed. */
  ended(output: CommandOutput): void {
    this.#running.delete(output);
  }

  #room(output: CommandOutput, bytes: number): number {
    const wanted = Math.min(bytes, ONE_BYTES - output.keptBytes);
    let free = ALL_BYTES - this.#sum();
    for (const old of this.#kept) {
      if (free >= wanted) break;
      if (old === output || this.#running.has(old)) continue;
      free += old.keptBytes;
      this.#kept.delete(old);
      old.discard();
    }
    return Math.max(0, Math.min(wanted, Math.max(free, LEAST_BYTES - output.keptBytes)));
  }

  #sum(): number {
    let sum = 0;
    for (const output of this.#kept) sum += output.keptBytes;
    return sum;
  }
}
