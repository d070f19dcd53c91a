/**
 * The messages between the host and the first process of a sandbox, on one byte stream in each direction.
 *
 *   u32 length of what follows · u8 kind · u32 request id · payload
 *
 * The stream is a unix socket on which the host takes one connection, that of the first process, before any command of an
 * agent's runs. A socket, unlike a pipe, cannot be opened through /proc by others, so no command can write into it. What a
 * command of the same uid can do is to trace sandboxd and speak as it does. Therefore the host treats every answer as the
 * agent's own word, and what leaves as a bundle goes through quarantine.
 */
export const FrameKind = {
  /** Host → sandbox: JSON request. */
  request: 1,
  /** Either way: bytes that belong to a request or its answer. */
  chunk: 2,
  /** Host → sandbox: no more bytes for this request. */
  bodyEnd: 3,
  /** Host → sandbox: end what this request began; it is still answered. */
  cancel: 4,
  /** Sandbox → host: JSON result; the last frame of an id. */
  result: 5,
  /** Sandbox → host: JSON `{code, message}`; the last frame of an id. */
  failure: 6,
} as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

export interface Frame {
  readonly kind: FrameKind;
  readonly id: number;
  readonly payload: Buffer;
}

export const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** Size of the pieces in which longer bytes are sent. */
export const CHUNK_BYTES = 128 * 1024;
const HEAD_BYTES = 1 + 4;
const LOWEST_KIND = FrameKind.request;
const HIGHEST_KIND = FrameKind.failure;

/** Bytes on the stream are not what the other side's writer makes: nothing after them can be trusted. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FrameError";
  }
}

/** Throws FrameError for a payload over MAX_PAYLOAD_BYTES. */
export function encodeFrame(kind: FrameKind, id: number, payload: Uint8Array | string): Buffer {
  const body = typeof payload === "string" ? Buffer.from(payload) : payload;
  if (body.length > MAX_PAYLOAD_BYTES) throw new FrameError(`a payload of ${body.length} bytes is too long`);
  const frame = Buffer.allocUnsafe(4 + HEAD_BYTES + body.length);
  frame.writeUInt32BE(HEAD_BYTES + body.length, 0);
  frame.writeUInt8(kind, 4);
  frame.writeUInt32BE(id, 5);
  frame.set(body, 4 + HEAD_BYTES);
  return frame;
}

/** Takes a direction's bytes apart; give it the chunks in order. */
export class FrameReader {
  #parts: Buffer[] = [];
  #length = 0;

  /** The frames that are whole by now. Throws FrameError. */
  *read(chunk: Buffer): Generator<Frame> {
    this.#parts.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 4) {
      const length = this.#peekLength();
      if (length < HEAD_BYTES || length > HEAD_BYTES + MAX_PAYLOAD_BYTES) {
        throw new FrameError(`a frame of ${length} bytes`);
      }
      if (this.#length < 4 + length) return;
      yield frameOf(this.#take(4 + length).subarray(4));
    }
  }

  #peekLength(): number {
    if (this.#parts[0] !== undefined && this.#parts[0].length < 4) this.#parts = [Buffer.concat(this.#parts)];
    return (this.#parts[0] as Buffer).readUInt32BE(0);
  }

  #take(count: number): Buffer {
    const all = this.#parts.length === 1 ? (this.#parts[0] as Buffer) : Buffer.concat(this.#parts);
    this.#parts = all.length > count ? [all.subarray(count)] : [];
    this.#length -= count;
    return all.subarray(0, count);
  }
}

function frameOf(bytes: Buffer): Frame {
  const kind = bytes.readUInt8(0);
  if (kind < LOWEST_KIND || kind > HIGHEST_KIND) throw new FrameError(`a frame of kind ${kind}`);
  return { kind: kind as FrameKind, id: bytes.readUInt32BE(1), payload: bytes.subarray(HEAD_BYTES) };
}
