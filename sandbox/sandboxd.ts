/**
 * The first process in a sandbox: takes requests from the host on stdin, answers on stdout (frames.ts), and ends when
 * the host's end of the stream closes. Commands never get these two; they run under the same uid, though, so they can
 * kill this process or write garbage into its stream, and all they gain is that the host calls the sandbox lost.
 */
import { prepareWorkspace } from "./checkout.ts";
import { startEgressForwarder } from "./egress-forwarder.ts";
import { readWhole, writeWhole } from "./files.ts";
import { CHUNK_BYTES, FrameError, FrameKind, FrameReader, FrameWriter, type Frame } from "./frames.ts";
import { RequestFailure, type FailureAnswer, type Hello, type SandboxRequest } from "./protocol.ts";
import { RequestBody } from "./request-body.ts";
import { CommandRunner } from "./run-command.ts";
import { bundleWork, inspectWorkspace } from "./workspace.ts";

interface Open {
  readonly body: RequestBody;
  readonly cancelled: AbortController;
}

const reader = new FrameReader({ key: null, direction: "to_sandbox" });
const commands = new CommandRunner();
const open = new Map<number, Open>();
let writer: FrameWriter | null = null;
let environment: Record<string, string> = {};

process.stdin.on("data", (chunk: Buffer) => {
  try {
    for (const frame of reader.read(chunk)) take(frame);
  } catch (error) {
    if (!(error instanceof FrameError || error instanceof SyntaxError)) throw error;
    process.stderr.write(`sandboxd: ${error.message}\n`);
    process.exit(3);
  }
});
process.stdin.on("end", () => process.exit(0));
process.stdin.on("error", () => process.exit(0));
// One waiter for each request that has more to say than the stream takes.
process.stdout.setMaxListeners(0);
process.stdout.on("error", () => process.exit(0));
// A command may send signals to everything it can see.
for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const) process.on(signal, () => undefined);
startEgressForwarder();

function take(frame: Frame): void {
  switch (frame.kind) {
    case FrameKind.hello:
      return greet(JSON.parse(frame.payload.toString()) as Hello);
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

function greet(hello: Hello): void {
  const key = Buffer.from(hello.key, "base64");
  reader.setKey(key);
  writer = new FrameWriter({ key, direction: "to_host" });
  environment = { ...inherited(), ...hello.env };
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
      return {};
    case "prepare":
      await prepareWorkspace({ ...request, env });
      return {};
    case "exec": {
      const command = commands.run({ ...request, env: { ...env, ...request.env } });
      if (signal.aborted) command.cancel();
      else signal.addEventListener("abort", () => command.cancel(), { once: true });
      return command.answer;
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

/** Resolves when the stream has room again. */
async function send(kind: FrameKind, id: number, payload: Uint8Array | string): Promise<void> {
  if (writer === null) throw new FrameError("an answer before the hello");
  if (process.stdout.write(writer.encode(kind, id, payload))) return;
  await new Promise((resolve) => process.stdout.once("drain", resolve));
}

function inherited(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
