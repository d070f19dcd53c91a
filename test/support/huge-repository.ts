import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runGit, type SampleRepository } from "./sample-repository.ts";

/**
 * A repository of so many small files, 100 in a folder and 100 folders in one above, made through `git fast-import`: no
 * file is ever written here. `work` is a clone without a checkout.
 */
export async function hugeRepository(files: number): Promise<SampleRepository> {
  const root = mkdtempSync(join(tmpdir(), "hb-test-"));
  const bare = join(root, "remotes", "sample.git");
  const work = join(root, "work");
  runGit(root, "init", "-q", "--bare", "-b", "main", bare);
  const git = spawn("git", ["--git-dir", bare, "fast-import", "--quiet"], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  for (const text of fastImport(files)) {
    if (!git.stdin.write(text)) await once(git.stdin, "drain");
  }
  git.stdin.end();
  const [code] = (await once(git, "exit")) as [number | null];
  if (code !== 0) throw new Error(`git fast-import ended with ${code}`);
  runGit(root, "clone", "-q", "--no-checkout", "--shared", bare, work);
  return {
    root,
    work,
    bare,
    commit: runGit(bare, "rev-parse", "main").trim(),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function* fastImport(files: number): Generator<string> {
  yield "commit refs/heads/main\ncommitter Test <test@example.com> 1700000000 +0000\ndata 5\nStart\n";
  yield inline("README.md", "# Huge\n");
  yield inline("package.json", '{ "scripts": { "test": "test -s packages/0/src/0/module-0.ts" } }\n');
  yield inline("package-lock.json", '{ "lockfileVersion": 3 }\n');
  for (let n = 0; n < files - 3; n += 1) {
    const folder = `packages/${Math.floor(n / 10_000)}/src/${Math.floor(n / 100)}`;
    yield inline(`${folder}/module-${n}.ts`, `export const answer${n} = ${n};\n`);
  }
}

function inline(path: string, content: string): string {
  return `M 100644 inline ${path}\ndata ${Buffer.byteLength(content)}\n${content}\n`;
}
