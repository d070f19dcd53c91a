import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import type { StoredEvent } from "../store/store.ts";
import type { StoredTape } from "../store/tapes.ts";
import type { Run } from "../run/run.ts";
import { pack, unpack } from "./packed.ts";
import type { RecordedRun } from "./replay-run.ts";

/** A recorded run as one small file, to be replayed where its database is not. */
export function runToFile({ run, events, tapes, blobs }: RecordedRun): Uint8Array {
  const contents = [...blobs].map(([hash, stored]) => [hash, textOf(unpack(stored))]);
  const text = JSON.stringify({ version: 1, run, events, tapes, contents });
  const size = { [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS };
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, ...size } });
}

export function runFromFile(bytes: Uint8Array): RecordedRun {
  const held = JSON.parse(brotliDecompressSync(bytes).toString()) as RunFile;
  if (held.version !== 1)
    throw new TypeError(`A recorded run of version ${String(held.version)} cannot be read.`);
  const { run, events, tapes, contents } = held;
  const blobs = contents.map(([hash, content]): [string, Uint8Array] => [
    hash,
    pack("text" in content ? Buffer.from(content.text) : Buffer.from(content.base64, "base64")),
  ]);
  return { run, events, tapes, blobs: new Map(blobs) };
}

interface RunFile {
  readonly version: number;
  readonly run: Run;
  readonly events: readonly StoredEvent[];
  readonly tapes: readonly StoredTape[];
  readonly contents: readonly [hash: string, content: Content][];
}

type Content = { readonly text: string } | { readonly base64: string };

/** Text where it is text: that is small when the whole is compressed. */
function textOf(bytes: Uint8Array): Content {
  const buffer = Buffer.from(bytes);
  const text = buffer.toString("utf8");
  return Buffer.from(text).equals(buffer) ? { text } : { base64: buffer.toString("base64") };
}
