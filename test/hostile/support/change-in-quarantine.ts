import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { GitError } from "../../../src/errors.ts";
import { coderIdentity } from "../../../src/git/commit-words.ts";
import { gitGuarding } from "../../../src/git/git.ts";
import type { AdmitOptions, Admitted } from "../../../src/git/quarantine.ts";
import { HostSecrets } from "../../../src/host-secrets.ts";
import { runGit, sampleRepository, type SampleRepository } from "../../support/sample-repository.ts";

/** A coder's repository and the gate behind it, as the composition root makes one. */
export interface GuardedChange {
  readonly sample: SampleRepository;
  /** Writes files, or deletes those given as null, and commits them as the coder. */
  readonly commit: (files: Record<string, string | Buffer | null>, message?: string) => string;
  readonly admit: (overrides?: Partial<AdmitOptions>) => Promise<Admitted>;
  /** The refusal; throws when there is none. */
  readonly refusal: (overrides?: Partial<AdmitOptions>) => Promise<GitError>;
}

export function guardedChange(options: {
  files?: Record<string, string>;
  secrets?: readonly string[];
}): GuardedChange {
  const sample = sampleRepository(options.files ?? { "README.md": "# Sample\n" });
  onTestFinished(() => sample[Symbol.dispose]());
  const git = gitGuarding(new HostSecrets(options.secrets ?? []));

  const admit = async (overrides: Partial<AdmitOptions> = {}): Promise<Admitted> => {
    const path = join(sample.root, "work.bundle");
    runGit(sample.work, "bundle", "create", "-q", path, "HEAD", `^${sample.commit}`);
    const admitted = await git.admitBundle({
      bundle: execFileSync("cat", [path], { maxBuffer: 1 << 28 }),
      mirror: sample.bare,
      base: sample.commit,
      directory: join(sample.root, "quarantine"),
      limits: { maxBytes: 64 << 20, maxFileBytes: 50 << 20, maxFiles: 3_000 },
      deny: [],
      ...overrides,
    });
    onTestFinished(() => admitted[Symbol.asyncDispose]());
    return admitted;
  };
  return {
    sample,
    admit,
    commit: (files, message = "Change it") => {
      for (const [path, content] of Object.entries(files)) {
        const whole = join(sample.work, path);
        mkdirSync(dirname(whole), { recursive: true });
        if (content === null) rmSync(whole);
        else writeFileSync(whole, content);
      }
      runGit(sample.work, "add", "-A");
      return commitAsCoder(sample.work, "--allow-empty", "-m", message);
    },
    refusal: async (overrides) => {
      const error: unknown = await admit(overrides).then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (error instanceof GitError) return error;
      throw new Error("It was not refused.", { cause: error });
    },
  };
}

/** `git commit` in the name that a sandbox gives the coder; the new head. */
export function commitAsCoder(work: string, ...args: string[]): string {
  const { name, email } = coderIdentity;
  const who = ["-c", `user.name=${name}`, "-c", `user.email=${email}`];
  runGit(work, ...who, "commit", "-q", "--cleanup=verbatim", ...args);
  return runGit(work, "rev-parse", "HEAD").trim();
}
