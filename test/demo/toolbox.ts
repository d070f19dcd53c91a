import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EndedCommand, Sandbox } from "../../src/sandbox/sandbox.ts";

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
  const who = [
    "AUTHOR_NAME=H",
    "AUTHOR_EMAIL=h@h.example",
    "COMMITTER_NAME=H",
    "COMMITTER_EMAIL=h@h.example",
  ];
  const environment = ["--env=HOME=/tmp", ...who.map((variable) => `--env=GIT_${variable}`)];
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

/** A folder of the toolbox as the agents' tools see it; it has what they and `finish` use, no more. */
export function sandboxAt(directory: string, toolbox: Toolbox): Sandbox {
  const started: Promise<EndedCommand>[] = [];
  const run = async (command: string): Promise<EndedCommand & { reason: "exited" }> => {
    const { exitCode, output } = await toolbox.run(command, directory);
    const outputBytes = Buffer.byteLength(output);
    const printed = { preview: output, outputBytes, outputPath: "/dev/null", seconds: 0 };
    return { status: "ended", exitCode, reason: "exited", ...printed };
  };
  const ended = async (number: number): Promise<EndedCommand> => {
    const end = started[number - 1];
    if (end === undefined) throw new RangeError(`there is no command ${number}`);
    return await end;
  };
  return {
    id: directory,
    exec: run,
    start: async (command) => started.push(run(command)),
    wait: ended,
    stop: ended,
    readFile: (path) => readFile(join(directory, path)),
    writeFile: (path, content) => writeFile(join(directory, path), content),
    async inspectWork(base) {
      const head = await toolbox.run("git rev-parse HEAD", directory);
      const commits = await toolbox.run(`git rev-list --count ${base}..HEAD`, directory);
      const status = await toolbox.run("git status --porcelain", directory);
      return {
        headSha: head.output.trim(),
        commits: Number(commits.output),
        dirty: status.output !== "",
      };
    },
    bundle: () => Promise.reject(new Error("Nothing leaves a toolbox")),
    requests: () => [],
    [Symbol.asyncDispose]: () => Promise.resolve(),
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
