import type { Duplex } from "node:stream";
import { z } from "zod";
import { CHUNK_BYTES, encodeFrame, FrameKind, FrameReader, type Frame } from "../../sandbox/frames.ts";
import type { SandboxRequest } from "../../sandbox/protocol.ts";

/** sandboxd says that it cannot do what was asked; the sandbox itself is well. */
export class RequestRefused extends Error {
  readonly code: string;
  /** Of `checkout_too_big`: how large /workspace must at least be. */
  readonly needMb: number | undefined;
  constructor(code: string, message: string, needMb?: number) {
    super(message);
    this.name = "RequestRefused";
    this.code = code;
    this.needMb = needMb;
  }
}

/** The stream is no more; `cause` says what was seen of the reason. */
export class ChannelEnded extends Error {
  constructor(cause: Error) {
    super("the stream to the sandbox ended", { cause });
    this.name = "ChannelEnded";
  }
}

export interface RequestOptions<T> {
  /** What comes out of a sandbox is checked like anything from outside. */
  readonly schema: z.ZodType<T>;
  /** Sent after the request. */
  readonly body?: Uint8Array;
  /** Bytes that come before the result. What it throws ends the request. */
  readonly onChunk?: (chunk: Buffer) => void;
  /** Asks sandboxd to end what it does for this request; the answer still comes. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  settle(answer: { result: unknown } | { error: Error }): void;
  onChunk(chunk: Buffer): void;
}

/** Requests and answers, many at a time, over the connection that a sandbox's first process has made. */
export class SandboxChannel {
  readonly #stream: Duplex;
  readonly #reader = new FrameReader();
  readonly #pending = new Map<number, Pending>();
  readonly #onEnd: (cause: Error) => void;
  #lastId = 0;
  #ended: ChannelEnded | null = null;

  /** `onEnd` is called once, when the stream ends, breaks, or carries what sandboxd cannot have sent. */
  constructor(options: { stream: Duplex; onEnd: (cause: Error) => void }) {
    this.#stream = options.stream;
    this.#onEnd = options.onEnd;
    this.#stream.on("data", (chunk: Buffer) => this.#take(chunk));
    this.#stream.on("error", (error: Error) => this.end(error));
    this.#stream.on("close", () => this.end(new Error("the stream to the sandbox ended")));
    this.#stream.on("end", () => this.end(new Error("the stream to the sandbox ended")));
  }

  /** Throws RequestRefused, a ZodError for an answer of the wrong shape, or ChannelEnded. */
  async request<T>(request: SandboxRequest, options: RequestOptions<T>): Promise<T> {
    if (this.#ended !== null) throw this.#ended;
    const id = (this.#lastId += 1);
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    let brokenOff = false;
    this.#pending.set(id, {
      settle: (answer) => ("error" in answer ? reject(answer.error) : resolve(answer.result)),
      onChunk: (chunk) => {
        if (brokenOff) return;
        try {
          options.onChunk?.(chunk);
        } catch (error) {
          brokenOff = true;
          this.#send(FrameKind.cancel, id, "");
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
    });
    this.#stream.cork();
    this.#send(FrameKind.request, id, JSON.stringify(request));
    if (options.body !== undefined) this.#sendBody(id, options.body);
    this.#stream.uncork();
    const cancel = () => this.#send(FrameKind.cancel, id, "");
    if (options.signal?.aborted === true) cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      return options.schema.parse(await promise);
    } finally {
      options.signal?.removeEventListener("abort", cancel);
    }
  }

  /** First cause wins: what is pending, and every later request, fails. */
  end(cause: Error): void {
    if (this.#ended !== null) return;
    this.#ended = new ChannelEnded(cause);
    this.#stream.destroy();
    this.#onEnd(cause);
    for (const pending of this.#pending.values()) pending.settle({ error: this.#ended });
    this.#pending.clear();
  }

  #take(bytes: Buffer): void {
    if (this.#ended !== null) return;
    try {
      for (const frame of this.#reader.read(bytes)) this.#frame(frame);
    } catch (error) {
      this.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #frame(frame: Frame): void {
    // An answer may come after its request is over, but never before it.
    if (frame.id < 1 || frame.id > this.#lastId)
      throw new Error(`a frame for request ${frame.id}, which was never made`);
    const pending = this.#pending.get(frame.id);
    if (frame.kind === FrameKind.chunk) return pending?.onChunk(frame.payload);
    this.#pending.delete(frame.id);
    if (frame.kind === FrameKind.result) {
      pending?.settle({ result: JSON.parse(frame.payload.toString()) });
    } else if (frame.kind === FrameKind.failure) {
      const failure = Failure.parse(JSON.parse(frame.payload.toString()));
      pending?.settle({ error: new RequestRefused(failure.code, failure.message, failure.needMb) });
    } else {
      throw new Error(`a frame of kind ${frame.kind} from the sandbox`);
    }
  }

  #sendBody(id: number, body: Uint8Array): void {
    for (let at = 0; at < body.length; at += CHUNK_BYTES) {
      this.#send(FrameKind.chunk, id, body.subarray(at, at + CHUNK_BYTES));
    }
    this.#send(FrameKind.bodyEnd, id, "");
  }

  #send(kind: FrameKind, id: number, payload: Uint8Array | string): void {
    if (this.#ended === null) this.#stream.write(encodeFrame(kind, id, payload));
  }
}

const Failure = z.object({ code: z.string(), message: z.string(), needMb: z.number().positive().optional() });
