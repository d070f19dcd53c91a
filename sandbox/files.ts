/**
 * The file tools' side inside the sandbox: the host never opens an agent's path. Calls of the file system wait for
 * nothing here, its files being in memory, so they are made at once instead of in a thread, which takes far longer.
 */
import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { CHUNK_BYTES } from "./frames.ts";
import { RequestFailure, WORKSPACE, type FailureCode } from "./protocol.ts";

/** Where files may be written. */
const WRITABLE = [WORKSPACE, "/tmp"];

/** A file's bytes go to `write` in pieces; resolves to their number. Throws RequestFailure. */
export async function readWhole(options: {
  path: string;
  maxBytes: number;
  write: (chunk: Buffer) => Promise<void>;
}): Promise<number> {
  const path = resolve(WORKSPACE, options.path);
  return inWords(path, async () => {
    // Non-blocking: a FIFO would hold the open until somebody writes.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const facts = fstatSync(file);
      if (!facts.isFile()) {
        throw new RequestFailure(
          "not_a_file",
          facts.isDirectory() ? `${path} is a directory` : `${path} is not a plain file`,
        );
      }
      if (facts.size > options.maxBytes) {
        throw new RequestFailure("too_big", `${path} has ${facts.size} bytes, more than ${options.maxBytes}`);
      }
      return await copyOut(file, path, options);
    } finally {
      closeSync(file);
    }
  });
}

/** Makes the folders, writes beside the file and renames over it, so that a full disk leaves the old file whole. */
export async function writeWhole(options: { path: string; chunks: AsyncIterable<Buffer> }): Promise<number> {
  const path = resolve(WORKSPACE, options.path);
  return inWords(path, async () => {
    const target = targetOf(path);
    mkdirSync(dirname(target), { recursive: true });
    const old = statSync(target, { throwIfNoEntry: false });
    if (old !== undefined && !old.isFile()) {
      throw new RequestFailure("not_a_file", `${path} is not a plain file`);
    }
    const draft = join(dirname(target), `.handback-${randomBytes(6).toString("hex")}`);
    let bytes = 0;
    try {
      const file = openSync(draft, "wx", old === undefined ? 0o644 : old.mode & 0o777);
      try {
        for await (const chunk of options.chunks) {
          writeFileSync(file, chunk);
          bytes += chunk.length;
        }
      } finally {
        closeSync(file);
      }
      renameSync(draft, target);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    return bytes;
  });
}

/** Follows links of what exists already, and insists that the end is under a writable folder. */
function targetOf(path: string): string {
  const missing: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    const real = realpathOf(at);
    if (real === null) {
      missing.unshift(basename(at));
      continue;
    }
    const target = join(real, ...missing);
    if (WRITABLE.some((root) => target.startsWith(`${root}/`))) return target;
    throw new RequestFailure("outside", `${path} is outside ${WRITABLE.join(" and ")}`);
  }
}

/** null: there is nothing of this name. */
function realpathOf(path: string): string | null {
  try {
    return realpathSync.native(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

async function copyOut(
  file: number,
  path: string,
  options: { maxBytes: number; write: (chunk: Buffer) => Promise<void> },
): Promise<number> {
  let bytes = 0;
  for (;;) {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    const bytesRead = readSync(file, buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return bytes;
    bytes += bytesRead;
    // It may grow while it is read.
    if (bytes > options.maxBytes)
      throw new RequestFailure("too_big", `${path} has more than ${options.maxBytes} bytes`);
    await options.write(buffer.subarray(0, bytesRead));
  }
}

const CODES: Readonly<Record<string, FailureCode>> = {
  ENOENT: "not_found",
  ERR_INVALID_ARG_VALUE: "not_found",
  ENOTDIR: "not_found",
  EISDIR: "not_a_file",
  ENXIO: "not_a_file",
  ELOOP: "not_found",
  ENAMETOOLONG: "not_found",
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  EACCES: "denied",
  EPERM: "denied",
  EROFS: "denied",
};

async function inWords<T>(path: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    if (error instanceof RequestFailure) throw error;
    const code = CODES[(error as NodeJS.ErrnoException).code ?? ""];
    if (code === undefined) throw error;
    throw new RequestFailure(code, `${path}: ${(error as Error).message}`);
  }
}
