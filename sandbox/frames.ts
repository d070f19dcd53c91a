/**
 * The messages between the host and the first process of a sandbox, on one byte stream in each direction.
 *
 *   u32 length of what follows · 16 bytes MAC · u8 kind · u32 request id · payload
 *
 * The MAC is HMAC-SHA256 over direction, running number, kind, id and payload, with a key that the host makes for one
 * sandbox and sends in the hello, before any command of an agent's runs. So what an agent writes into /proc/1/fd/1, or
 * takes out of /proc/1/fd/0, breaks the stream (the sandbox is then lost) and cannot forge or replay an answer. It is no
 * wall against an agent that reads the key out of sandboxd's memory, which runs under the same uid: Node cannot make a
 * process undumpable. Therefore the host treats every answer as the agent's own word, and what leaves as a bundle goes
 * through quarantine.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const FrameKind = {
  /** Host → sandbox, first of all and only once, without MAC: JSON `Hello`. */
  hello: 0,
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

export type Direction = "to_sandbox" | "to_host";

export const MAX_PAYLOAD_BYTES = 1024 * 1024;
/** Size of the pieces in which longer bytes are sent. */
export const CHUNK_BYTES = 128 * 1024;
const MAC_BYTES = 16;
const HEAD_BYTES = MAC_BYTES + 1 + 4;
const HIGHEST_KIND = FrameKind.failure;

/** Bytes on the stream are not what the other side's writer makes: nothing after them can be trusted. */
export class FrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FrameError";
  }
}

/** Makes frames of one direction, in the order of the calls. */
export class FrameWriter {
  readonly #key: Buffer;
  readonly #direction: Direction;
  #count = 0n;

  constructor(options: { key: Buffer; direction: Direction }) {
    this.#key = options.key;
    this.#direction = options.direction;
  }

  /** Throws FrameError for a payload over MAX_PAYLOAD_BYTES. */
  encode(kind: FrameKind, id: number, payload: Uint8Array | string): Buffer {
    const body = typeof payload === "string" ? Buffer.from(payload) : payload;
    if (body.length > MAX_PAYLOAD_BYTES)
      throw new FrameError(`a payload of ${body.length} bytes is too long`);
    const frame = Buffer.allocUnsafe(4 + HEAD_BYTES + body.length);
    frame.writeUInt32BE(HEAD_BYTES + body.length, 0);
    frame.writeUInt8(kind, 4 + MAC_BYTES);
    frame.writeUInt32BE(id, 4 + MAC_BYTES + 1);
    frame.set(body, 4 + HEAD_BYTES);
    const authenticated = frame.subarray(4 + MAC_BYTES);
    frame.set(macOf(this.#key, this.#direction, this.#count, authenticated), 4);
    this.#count += 1n;
    return frame;
  }
}

/** Takes a direction's bytes apart; give it the chunks in order. */
export class FrameReader {
  #key: Buffer | null;
  readonly #direction: Direction;
  #count = 0n;
  #parts: Buffer[] = [];
  #length = 0;

  /** `key: null` on the sandbox's side: taken from the hello, which must be the first frame. */
  constructor(options: { key: Buffer | null; direction: Direction }) {
    this.#key = options.key;
    this.#direction = options.direction;
  }

  /** Whole frames so far, lazily: a hello's key must be set before the next is asked for. Throws FrameError. */
  *read(chunk: Buffer): Generator<Frame> {
    this.#parts.push(chunk);
    this.#length += chunk.length;
    while (this.#length >= 4) {
      const length = this.#peekLength();
      if (length < HEAD_BYTES || length > HEAD_BYTES + MAX_PAYLOAD_BYTES) {
        throw new FrameError(`a frame of ${length} bytes`);
      }
      if (this.#length < 4 + length) return;
      yield this.#frame(this.#take(4 + length).subarray(4));
    }
  }

  setKey(key: Buffer): void {
    this.#key = key;
  }

  #frame(bytes: Buffer): Frame {
    const authenticated = bytes.subarray(MAC_BYTES);
    const kind = authenticated.readUInt8(0);
    if (kind > HIGHEST_KIND) throw new FrameError(`a frame of kind ${kind}`);
    const frame: Frame = {
      kind: kind as FrameKind,
      id: authenticated.readUInt32BE(1),
      payload: authenticated.subarray(5),
    };
    if (this.#key === null) {
      if (frame.kind !== FrameKind.hello) throw new FrameError("a frame before the hello");
    } else {
      if (frame.kind === FrameKind.hello) throw new FrameError("a second hello");
      const expected = macOf(this.#key, this.#direction, this.#count, authenticated);
      if (!timingSafeEqual(expected, bytes.subarray(0, MAC_BYTES))) throw new FrameError("a forged frame");
      this.#count += 1n;
    }
    return frame;
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

/** The hello as bytes: its MAC is left empty, since the other side has no key yet. */
export function encodeHello(payload: string): Buffer {
  const body = Buffer.from(payload);
  const frame = Buffer.alloc(4 + HEAD_BYTES + body.length);
  frame.writeUInt32BE(HEAD_BYTES + body.length, 0);
  frame.writeUInt8(FrameKind.hello, 4 + MAC_BYTES);
  frame.set(body, 4 + HEAD_BYTES);
  return frame;
}

function macOf(key: Buffer, direction: Direction, count: bigint, authenticated: Uint8Array): Buffer {
  const position = Buffer.allocUnsafe(9);
  position.writeUInt8(direction === "to_sandbox" ? 1 : 2, 0);
  position.writeBigUInt64BE(count, 1);
  return createHmac("sha256", key).update(position).update(authenticated).digest().subarray(0, MAC_BYTES);
}
