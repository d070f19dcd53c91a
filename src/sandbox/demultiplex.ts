/**
 * Takes Docker's attach stream of a container without a terminal apart: 8 bytes of head (stream number, three zeros,
 * length as u32), then the bytes. dockerode has one, but it copies the whole backlog for every piece that arrives.
 */
export class Demultiplexer {
  readonly #on: (stream: "stdout" | "stderr", bytes: Buffer) => void;
  #head = Buffer.alloc(0);
  #stream: "stdout" | "stderr" = "stdout";
  #left = 0;

  constructor(on: (stream: "stdout" | "stderr", bytes: Buffer) => void) {
    this.#on = on;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left === 0) {
        const piece = chunk.subarray(at, at + 8 - this.#head.length);
        at += piece.length;
        this.#head = Buffer.concat([this.#head, piece]);
        if (this.#head.length < 8) return;
        this.#stream = this.#head[0] === 2 ? "stderr" : "stdout";
        this.#left = this.#head.readUInt32BE(4);
        this.#head = Buffer.alloc(0);
        continue;
      }
      const piece = chunk.subarray(at, at + this.#left);
      at += piece.length;
      this.#left -= piece.length;
      this.#on(this.#stream, piece);
    }
  }
}
