/**
 * Real pipes for the output of commands. Node gives a child two separate socket pairs: stdout and stderr would lose
 * their order, and `echo >/dev/stderr` fails on a socket. A FIFO opened twice is one pipe for both; `mkfifo` is called
 * for many at a time, because it costs a process.
 */
import { execFileSync, execFile } from "node:child_process";
import { closeSync, constants, openSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { ensureOutputFolder } from "./output-folder.ts";

const BATCH = 32;
const LOW_WATER = 8;

export interface OutputPipe {
  /** Non-blocking; for `net.Socket`, which then owns it. */
  readonly readFd: number;
  /** Blocking, for the child; the caller closes it after the start. */
  readonly writeFd: number;
}

export class OutputPipes {
  readonly #parent: string;
  readonly #directory: string;
  #ready: string[] = [];
  #made = 0;
  #refilling = false;

  constructor(directory: string) {
    this.#parent = directory;
    this.#directory = join(directory, ".pipes");
  }

  open(): OutputPipe {
    for (;;) {
      const path = this.#ready.pop() ?? this.#refillNow();
      if (this.#ready.length < LOW_WATER) this.refillSoon();
      try {
        const readFd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
        try {
          return { readFd, writeFd: openSync(path, constants.O_WRONLY) };
        } catch (error) {
          closeSync(readFd);
          throw error;
        } finally {
          unlinkSync(path);
        }
      } catch (error) {
        // A command has cleaned /tmp, or put something else there: make new ones.
        if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
        this.#ready = [];
      }
    }
  }

  refillSoon(): void {
    if (this.#refilling) return;
    this.#makeFolder();
    this.#refilling = true;
    const paths = this.#names();
    execFile("mkfifo", ["-m", "600", ...paths], (error) => {
      this.#refilling = false;
      if (error === null) this.#ready.push(...paths);
    });
  }

  #refillNow(): string {
    this.#makeFolder();
    const paths = this.#names();
    execFileSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
    this.#ready.push(...paths);
    return this.#ready.pop() as string;
  }

  #makeFolder(): void {
    ensureOutputFolder(this.#parent);
    ensureOutputFolder(this.#directory);
  }

  #names(): string[] {
    return Array.from({ length: BATCH }, () => join(this.#directory, `${process.pid}-${(this.#made += 1)}`));
  }
}
