import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Output {
  readonly exitCode: number;
  /** stdout and stderr. */
  readonly output: string;
}

/** A temporary folder, and a container of the sandbox image, without a network, in which commands run on it. */
export interface Toolbox extends AsyncDisposable {
  /** The same path inside and outside. */
  readonly root: string;
  run(command: string, directory: string): Promise<Output>;
}

export async function openToolbox(): Promise<Toolbox> {
  const root = await mkdtemp(join(tmpdir(), "handback-story-"));
  const user = `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`;
  const container = ["--detach", "--rm", "--network=none", `--user=${user}`, `--volume=${root}:${root}`];
  const author = [
    "GIT_AUTHOR_NAME=Handback",
    "GIT_COMMITTER_NAME=Handback",
    "GIT_AUTHOR_EMAIL=h@h",
    "GIT_COMMITTER_EMAIL=h@h",
  ];
  const environment = ["HOME=/tmp", ...author].map((variable) => `--env=${variable}`);
  const sleep = ["--entrypoint=sleep", "handback-sandbox:local", "600"];
  const started = await docker(["run", ...container, ...environment, ...sleep]);
  if (started.exitCode !== 0) throw new Error(`No container of the sandbox image: ${started.output}`);
  const id = started.output.trim();
  return {
    root,
    run: (command, directory) => docker(["exec", `--workdir=${directory}`, id, "bash", "-c", command]),
    async [Symbol.asyncDispose]() {
      await docker(["rm", "--force", id]);
      await rm(root, { recursive: true, force: true });
    },
  };
}

function docker(args: readonly string[]): Promise<Output> {
  return new Promise((resolve, reject) => {
    execFile("docker", [...args], { timeout: 60_000 }, (error, stdout, stderr) => {
      const exitCode = error ? error.code : 0;
      if (typeof exitCode === "number") resolve({ exitCode, output: stdout + stderr });
      else reject(new Error(`docker ${args[0]} did not end`, { cause: error }));
    });
  });
}
