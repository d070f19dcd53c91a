/**
 * The first process in a sandbox: connects to the host's socket, takes requests from it and answers them (frames.ts), and
 * ends when the host's end closes. Commands cannot reach this connection; they run under the same uid, though, so they can
 * kill this process, and all they gain is that the host calls the sandbox lost.
 */
import { connect } from "node:net";
import { prepareWorkspace } from "./checkout.ts";
import { startEgressForwarder } from "./egress-forwarder.ts";
import { readWhole, writeWhole } from "./files.ts";
import { CHUNK_BYTES, encodeFrame, FrameError, FrameKind, FrameReader, type Frame } from "./frames.ts";
import {
  CHANNEL_SOCKET,
  EXIT_NO_CHANNEL,
  EXIT_NONSENSE,
  RequestFailure,
  type FailureAnswer,
  type SandboxRequest,
} from "./protocol.ts";
import { RequestBody } from "./request-body.ts";
import { CommandRunner } from "./run-command.ts";
import { bundleWork, inspectWorkspace } from "./workspace.ts";

interface Open {
  readonly body: RequestBody;
  readonly cancelled: AbortController;
}

/** When the answer has left. */
const AFTER_ANSWER_MS = 1;

const reader = new FrameReader();
const commands = new CommandRunner();
const open = new Map<number, Open>();
let environment = inherited();

const host = connect(CHANNEL_SOCKET);
host.on("data", (chunk: Buffer) => {
  try {
    for (const frame of reader.read(chunk)) take(frame);
  } catch (error) {
    if (!(error instanceof FrameError || error instanceof SyntaxError)) throw error;
    process.stderr.write(`sandboxd: ${error.message}\n`);
    process.exit(EXIT_NONSENSE);
  }
});
host.on("end", () => process.exit(0));
host.on("error", (error) => {
  if (host.bytesRead > 0) process.exit(0);
  process.stderr.write(`sandboxd: the host's socket cannot be reached: ${error.message}\n`);
  process.exit(EXIT_NO_CHANNEL);
});
// One waiter for each request that has more to say than the stream takes.
host.setMaxListeners(0);
// A command may send signals to everything it can see.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => undefined);
startEgressForwarder();

function take(frame: Frame): void {
  switch (frame.kind) {
    case FrameKind.request:
      return void answer(frame.id, JSON.parse(frame.payload.toString()) as SandboxRequest);
    case FrameKind.chunk:
      return open.get(frame.id)?.body.push(Buffer.from(frame.payload));
    case FrameKind.bodyEnd:
      return open.get(frame.id)?.body.end();
    case FrameKind.cancel:
      return open.get(frame.id)?.cancelled.abort();
    case FrameKind.result:
    case FrameKind.failure:
      throw new FrameError("an answer from the host");
    default:
      frame.kind satisfies never;
  }
}

async function answer(id: number, request: SandboxRequest): Promise<void> {
  const state: Open = { body: new RequestBody(), cancelled: new AbortController() };
  open.set(id, state);
  try {
    const result = await carryOut(id, request, state);
    await send(FrameKind.result, id, JSON.stringify(result));
  } catch (error) {
    const failure: FailureAnswer =
      error instanceof RequestFailure
        ? { code: error.code, message: error.message, needMb: error.needMb }
        : { code: "internal", message: error instanceof Error ? error.message : String(error) };
    await send(FrameKind.failure, id, JSON.stringify(failure));
  } finally {
    open.delete(id);
  }
}

async function carryOut(id: number, request: SandboxRequest, state: Open): Promise<unknown> {
  const write = (chunk: Buffer) => sendChunks(id, chunk);
  const env = environment;
  const { signal } = state.cancelled;
  switch (request.op) {
    case "hello":
      environment = { ...inherited(), ...request.env };
      return {};
    case "prepare":
      await prepareWorkspace({ ...request, env });
      commands.prepare(env);
      return {};
    case "exec": {
      const hasOwn = Object.keys(request.env).length > 0;
      const command = commands.run({ ...request, env: hasOwn ? { ...env, ...request.env } : env });
      if (signal.aborted) command.cancel();
      else signal.addEventListener("abort", () => command.cancel(), { once: true });
      return command.answer.finally(() => setTimeout(() => commands.prepare(environment), AFTER_ANSWER_MS));
    }
    case "peek":
      return commands.peek(request.job);
    case "read":
      return { bytes: await readWhole({ ...request, write }) };
    case "write":
      return { bytes: await writeWhole({ path: request.path, chunks: state.body.chunks() }) };
    case "inspect":
      return inspectWorkspace({ base: request.base, env });
    case "bundle":
      return { bytes: await bundleWork({ ...request, env, signal, write }) };
    default:
      request satisfies never;
      throw new RequestFailure("invalid_request", "unknown operation");
  }
}

async function sendChunks(id: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) {
    await send(FrameKind.chunk, id, bytes.subarray(at, at + CHUNK_BYTES));
  }
}

/** Resolves when the stream has room again. What is sent in one go leaves in one piece. */
async function send(kind: FrameKind, id: number, payload: Uint8Array | string): Promise<void> {
  if (host.writableCorked === 0) {
    host.cork();
    setImmediate(() => host.uncork());
  }
  if (host.write(encodeFrame(kind, id, payload))) return;
  await new Promise((resolve) => host.once("drain", resolve));
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
