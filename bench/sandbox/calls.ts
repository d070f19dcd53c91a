import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import Docker from "dockerode";
import { ratioOf, rounded, type Figure } from "../figure.ts";
import { admitBundle } from "../../src/git/quarantine.ts";
import { join } from "node:path";
import type { LongHistory } from "./long-history.ts";
import type { Place } from "./place.ts";
import { inTurns, timed } from "./stopwatch.ts";

const run = promisify(execFile);
const docker = new Docker();

/** Target 3, a call of a tool, and what takes a result out; all in one sandbox. */
export async function benchCalls(place: Place, history: LongHistory, rounds: number): Promise<Figure[]> {
  const { old: mirror, commit } = history;
  await using sandbox = await place.sandboxes.start(place.spec({ mirror, commit }));
  const [container] = await docker.listContainers({ filters: { label: [`handback.id=${sandbox.id}`] } });
  if (container === undefined) throw new Error("the sandbox's container is not found by its label");
  const engine = docker.getContainer(container.Id);
  const calls = await inTurns(
    {
      ours: () => timed(() => sandbox.exec("true")),
      host: () =>
        timed(() => once(spawn("bash", ["-c", "true"], { stdio: ["ignore", "pipe", "pipe"] }), "close")),
    },
    rounds * 20,
  );
  // Apart: each of these starts processes of Docker's that push everything else out of the processor's caches.
  const dockers = await inTurns(
    {
      exec: () => timed(() => run("docker", ["exec", container.Id, "true"])),
      dockerode: () => timed(() => dockerodeExec(engine, ["true"])),
    },
    rounds * 4,
  );
  await sandbox.exec("echo more >> notes/1.txt && git commit -qam 'One more line'");
  const out = await inTurns(
    {
      ours: () => timed(() => sandbox.bundle({ base: commit, maxBytes: 1e7 })),
      exec: () =>
        timed(() => dockerodeExec(engine, ["git", "bundle", "create", "-q", "-", "HEAD", `^${commit}`])),
    },
    rounds * 2,
  );
  const bundle = await sandbox.bundle({ base: commit, maxBytes: 1e7 });
  const quarantine = await inTurns(
    { admit: () => timed(() => admit(place, { bundle, mirror, base: commit })) },
    rounds,
  );

  const host = ratioOf(calls.ours, calls.host);
  const taken = ratioOf(out.ours, out.exec);
  return [
    {
      name: "tool call (`true`)",
      value: rounded(calls.ours, 2),
      unit: "ms",
      against: `bash -c on the host: ${calls.host.toFixed(2)} ms`,
      ratio: rounded(host, 2),
      target: "≤ 1.3 × bash -c on the host",
      holds: host !== null && host <= 1.3,
    },
    quicker("docker exec", calls.ours, dockers.exec),
    quicker("dockerode's exec", calls.ours, dockers.dockerode),
    {
      name: "commits out of the sandbox",
      value: rounded(out.ours, 0),
      unit: "ms",
      against: `git bundle by dockerode's exec: ${out.exec.toFixed(0)} ms`,
      ratio: rounded(taken, 2),
      target: "≤ 1 ×",
      holds: taken !== null && taken <= 1,
    },
    {
      name: "commits through quarantine",
      value: rounded(quarantine.admit, 0),
      unit: "ms",
      against: "",
      ratio: null,
      target: "told, not judged",
      holds: true,
    },
  ];
}

function quicker(peer: string, ours: number, theirs: number): Figure {
  const times = ratioOf(theirs, ours);
  return {
    name: `tool call, against ${peer}`,
    value: rounded(ours, 2),
    unit: "ms",
    against: `${peer}: ${theirs.toFixed(1)} ms`,
    ratio: rounded(ratioOf(ours, theirs), 3),
    target: "≥ 10 × faster",
    holds: times !== null && times >= 10,
  };
}

async function dockerodeExec(container: Docker.Container, command: readonly string[]): Promise<void> {
  const exec = await container.exec({ Cmd: [...command], AttachStdout: true, AttachStderr: true });
  const stream = await exec.start({ hijack: true, stdin: false });
  stream.resume();
  await once(stream, "end");
  const { ExitCode: code } = await exec.inspect();
  if (code !== 0) throw new Error(`${command.join(" ")} ended with ${code}`);
}

async function admit(
  place: Place,
  options: { bundle: Uint8Array; mirror: string; base: string },
): Promise<void> {
  await using admitted = await admitBundle({
    ...options,
    directory: join(place.folder, "quarantine"),
    limits: { maxBytes: 1e8, maxFileBytes: 1e8, maxFiles: 100 },
    deny: [],
  });
  if (admitted.commits.length !== 1) throw new Error("there is one commit to admit");
}
