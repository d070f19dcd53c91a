import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface SampleRepository extends Disposable {
  /** Everything of the test's lives under it. */
  readonly root: string;
  /** A person's clone, with a work tree, on `main`. */
  readonly work: string;
  /** A bare repository with the same commits, at `remotes/sample.git`. */
  readonly bare: string;
  /** The one commit. */
  readonly commit: string;
}

/** A repository with one commit of these files, and a bare one beside it. */
export function sampleRepository(
  files: Readonly<Record<string, string>> = { "README.md": "# Sample\n" },
): SampleRepository {
  const root = mkdtempSync(join(tmpdir(), "hb-test-"));
  const work = join(root, "work");
  mkdirSync(work);
  runGit(work, "init", "-q", "-b", "main");
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(work, path)), { recursive: true });
    writeFileSync(join(work, path), content);
  }
  runGit(work, "add", "-A");
  runGit(work, "commit", "-q", "-m", "Start");
  const bare = join(root, "remotes", "sample.git");
  runGit(root, "clone", "-q", "--bare", work, bare);
  return {
    root,
    work,
    bare,
    commit: runGit(work, "rev-parse", "HEAD").trim(),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Plain git as a person runs it, with a name to commit under. */
export function runGit(cwd: string, ...args: string[]): string {
  const settings = [
    "-c",
    "user.name=Test",
    "-c",
    "user.email=test@example.com",
    "-c",
    "protocol.file.allow=always",
  ];
  return execFileSync("git", [...settings, ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}
