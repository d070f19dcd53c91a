/**
 * Keeps what one command prints: the whole in a file as far as there is room, and its first and last bytes in memory.
 * However much comes, memory stays at a few KB; beyond the room, or on a full disk, bytes are counted and dropped.
 */
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";

/** A command's own writes after its end come within this time, or are a background child's. */
const SETTLE_MS = 25;
const SETTLE_AT_MOST_MS = 400;

export class CommandOutput {
  readonly path: string;
  bytes = 0;
  keptBytes = 0;
  readonly #room: (bytes: number) => number;
  readonly #preview: number;
  readonly #socket: Socket;
  #fd: number | null;
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #closed = false;
  #lastData = performance.now();

  /** `room`: how many of so many more bytes may be kept. */
  constructor(options: {
    readFd: number;
    path: string;
    room: (bytes: number) => number;
    previewBytes: number;
  }) {
    this.path = options.path;
    this.#room = options.room;
    this.#preview = options.previewBytes;
    this.#fd = openForWriting(options.path);
    this.#socket = new Socket({ fd: options.readFd, readable: true, writable: false });
    this.#socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#socket.on("error", () => this.#close());
    this.#socket.on("close", () => this.#close());
  }

  /** Resolves when all that the ended command wrote has been read. A child that keeps the pipe open goes on being
   *  drained into the file, so that it neither hangs this nor dies of a broken pipe. */
  async settled(): Promise<void> {
    const start = performance.now();
    let wait = 0;
    while (!this.#closed) {
      // Timers come before reading: on a busy machine the quiet time is over before what is in the pipe has been looked at.
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      await new Promise((resolve) => setImmediate(resolve));
      const now = performance.now();
      if (now - Math.max(this.#lastData, start) >= SETTLE_MS) return;
      if (now - start >= SETTLE_AT_MOST_MS) return;
      wait = Math.min(wait === 0 ? 1 : wait * 2, 8);
    }
  }

  /** Head and tail as of now; the tail is empty when the head holds everything. */
  preview(): { head: Buffer; tail: Buffer } {
    if (this.bytes <= 2 * this.#preview)
      return { head: Buffer.concat([this.#head, this.#tail]), tail: Buffer.alloc(0) };
    return { head: this.#head, tail: this.#tail };
  }

  /** Since something came last, or since the start. */
  get quietMs(): number {
    return performance.now() - this.#lastData;
  }

  /** What stands after the last line break, at most the last 200 bytes of it. */
  lastLine(): string {
    const end = Buffer.concat([this.#head, this.#tail]).subarray(-200).toString();
    return end.slice(end.lastIndexOf("\n") + 1);
  }

  /** Gives the disk's space back, also when a child of the command still prints. */
  discard(): void {
    this.#closeFile();
    rmSync(this.path, { force: true });
  }

  #take(chunk: Buffer): void {
    this.#lastData = performance.now();
    this.bytes += chunk.length;
    this.#keep(chunk);
    let rest = chunk;
    if (this.#head.length < this.#preview) {
      const room = this.#preview - this.#head.length;
      this.#head = Buffer.concat([this.#head, rest.subarray(0, room)]);
      rest = rest.subarray(room);
    }
    if (rest.length >= this.#preview) this.#tail = Buffer.from(rest.subarray(rest.length - this.#preview));
    else if (rest.length > 0) {
      const joined = Buffer.concat([this.#tail, rest]);
      this.#tail = joined.subarray(Math.max(0, joined.length - this.#preview));
    }
  }

  #keep(chunk: Buffer): void {
    if (this.#fd === null) return;
    const piece = chunk.subarray(0, this.#room(chunk.length));
    try {
      for (let at = 0; at < piece.length;) {
        const written = writeSync(this.#fd, piece, at);
        at += written;
        this.keptBytes += written;
      }
      // Bytes after a gap would make the file a lie.
      if (piece.length < chunk.length) this.#closeFile();
    } catch {
      // Disk full: the preview still comes, and `keptBytes` says that the file is cut.
      this.#closeFile();
    }
  }

  #close(): void {
    this.#closed = true;
    this.#closeFile();
  }

  #closeFile(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

function openForWriting(path: string): number | null {
  try {
    return openSync(path, "wx", 0o644);
  } catch {
    return null;
  }
}
