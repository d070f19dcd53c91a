import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface LongHistory {
  /** Bare, with all commits. */
  readonly old: string;
  /** Bare, with the last commit alone: the same tree without its history. */
  readonly young: string;
  readonly commit: string;
  readonly commits: number;
}

interface Shape {
  readonly commits: number;
  readonly files: number;
  readonly fileBytes: number;
}

const run = promisify(execFile);
/** About git's own repository. */
const large: Shape = { commits: 80_000, files: 4_600, fileBytes: 10_000 };

/** A repository made by `git fast-import` from numbers; kept in `folder` for the next time. */
export async function longHistory(folder: string, shape = large): Promise<LongHistory> {
  const name = `history-${shape.commits}-${shape.files}-${shape.fileBytes}`;
  const old = join(folder, `${name}.git`);
  const young = join(folder, `${name}-young.git`);
  if ((await stat(young).catch(() => null)) === null) {
    await mkdir(folder, { recursive: true });
    for (const path of [old, young, `${young}.draft`]) await rm(path, { recursive: true, force: true });
    await run("git", ["init", "-q", "--bare", "-b", "main", old]);
    await run("git", ["-C", old, "config", "uploadpack.allowFilter", "true"]);
    await fastImport(old, shape);
    await run("git", ["clone", "-q", "--bare", "--depth", "1", `file://${old}`, `${young}.draft`]);
    await rename(`${young}.draft`, young);
  }
  const { stdout } = await run("git", ["-C", old, "rev-parse", "main"]);
  return { old, young, commit: stdout.trim(), commits: shape.commits };
}

async function fastImport(repository: string, shape: Shape): Promise<void> {
  const child = spawn("git", ["-C", repository, "fast-import", "--quiet", "--done"], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (stderr += text));
  const ended = once(child, "close") as Promise<[number | null]>;
  child.stdin.on("error", () => undefined);
  for (const piece of stream(shape)) if (!child.stdin.write(piece)) await once(child.stdin, "drain");
  child.stdin.end("done\n");
  const [code] = await ended;
  if (code !== 0) throw new Error(`git fast-import ended with ${code}: ${stderr.trim()}`);
}

/** The first commit has all files; each later one changes a small one, as most commits do. */
function* stream(shape: Shape): Generator<string> {
  for (let n = 0; n < shape.commits; n += 1) {
    const time = 1_500_000_000 + n * 600;
    const message = `Change ${n}\n`;
    yield `commit refs/heads/main\ncommitter Ann <ann@example.com> ${time} +0000\ndata ${message.length}\n${message}`;
    if (n === 0) {
      for (let file = 0; file < shape.files; file += 1) yield fileOf(pathOf(file), file, shape.fileBytes);
    } else {
      yield fileOf(`notes/${n % 97}.txt`, n, 300);
    }
  }
}

function pathOf(file: number): string {
  return `src/part${file % 120}/module${file}.c`;
}

function fileOf(path: string, seed: number, bytes: number): string {
  const text = textOf(seed, bytes);
  return `M 100644 inline ${path}\ndata ${text.length}\n${text}\n`;
}

/** Lines which compress about as code does. */
function textOf(seed: number, bytes: number): string {
  let text = "";
  for (let line = 0; text.length < bytes; line += 1) {
    const value = (seed * 2_654_435_761 + line * 40_503) % 4_294_967_296;
    text += `  result[${line}] = step_${value % 977}(state, 0x${value.toString(16)});\n`;
  }
  return text;
}
