import { readdirSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { StoppedError } from "../../src/errors.ts";
import { DockerSandboxes } from "../../src/sandbox/docker-sandboxes.ts";
import { DockerDoor } from "../e2e/support/docker-door.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { dockerSandboxes, sandboxImage, sandboxSpec, startSandbox } from "../support/start-sandbox.ts";

const docker = new Docker();
let sample: SampleRepository;

beforeAll(() => void (sample = sampleRepository()));
afterAll(() => sample?.[Symbol.dispose]());

/** Ids of containers of this run. */
async function containersOf(runId: string): Promise<string[]> {
  const found = await docker.listContainers({ all: true, filters: { label: [`handback.run=${runId}`] } });
  return found.map((container) => container.Id);
}

describe("a sandbox ends", () => {
  test("by disposal: no container and no socket are left, and later calls say so", async () => {
    const sandbox = await startSandbox(sample, { runId: "life-dispose" });
    expect(await containersOf("life-dispose")).toHaveLength(1);
    await sandbox[Symbol.asyncDispose]();
    expect(await containersOf("life-dispose")).toEqual([]);
    expect(readdirSync(join(sample.root, "state", "egress"))).not.toContain(sandbox.id);
    await expect(sandbox.exec("true")).rejects.toMatchObject({ code: "sandbox.disposed" });
    await sandbox[Symbol.asyncDispose]();
  });

  test("by its wall clock, in the middle of a command", async () => {
    const limits = { memoryMb: 128, cpus: 1, pids: 64, diskMb: 64, minutes: 3 / 60 };
    await using sandbox = await startSandbox(sample, { limits });
    await expect(sandbox.exec("sleep 60")).rejects.toMatchObject({ code: "sandbox.time_over" });
    await expect(sandbox.readFile("README.md")).rejects.toMatchObject({ code: "sandbox.time_over" });
  });

  test("by the run's signal, whose error is the one that calls fail with", async () => {
    const stop = new AbortController();
    await using sandbox = await startSandbox(sample, { runId: "life-stop", signal: stop.signal });
    const stopped = new StoppedError("run.stopped", "stopped by octocat", { mend: "" });
    setTimeout(() => stop.abort(stopped), 150);
    await expect(sandbox.exec("sleep 60")).rejects.toBe(stopped);
    await sandbox[Symbol.asyncDispose]();
    expect(await containersOf("life-stop")).toEqual([]);
  });

  test("by a signal during its start, and leaves no container", async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 80);
    const start = startSandbox(sample, { runId: "life-early", signal: stop.signal });
    await expect(start).rejects.toMatchObject({ code: "sandbox.cancelled" });
    expect(await containersOf("life-early")).toEqual([]);
  });

  test("as lost when a command kills its first process", async () => {
    await using sandbox = await startSandbox(sample);
    await expect(sandbox.exec("kill -9 $(pgrep -f sandboxd.js); sleep 30")).rejects.toMatchObject({
      code: "sandbox.lost",
    });
  });

  test("as lost when a command stops its first process, so that a timeout is not kept", async () => {
    await using sandbox = await startSandbox(sample);
    const stopping = sandbox.exec("kill -STOP $(pgrep -f sandboxd.js); sleep 60", { timeoutMs: 500 });
    await expect(stopping).rejects.toMatchObject({ code: "sandbox.lost" });
  });

  test("by no command that wants to speak for its first process: there is no way into the connection", async () => {
    await using sandbox = await startSandbox(sample);
    const forge = [
      "pid=$(pgrep -fo '^node .*sandboxd.js')",
      "for fd in /proc/$pid/fd/*; do case $(readlink $fd) in socket:*) echo socket; echo '{}' > $fd;; esac; done 2>&1 | grep -oE '^socket|No such device or address' | sort | uniq -c",
      "ls /run/handback",
      `node -e 'require("net").connect("/run/handback/channel.sock").on("error", (e) => console.log(e.code))'`,
    ].join("; ");
    expect((await sandbox.exec(forge)).preview).toMatch(
      /^ +(\d+) No such device or address\n +\1 socket\nauthority.pem\nproxy.sock\nENOENT\n$/,
    );
    expect((await sandbox.exec("echo well")).preview).toBe("well\n");
  });

  test("when its container is removed by somebody else", async () => {
    await using sandbox = await startSandbox(sample, { runId: "life-removed" });
    const [id = ""] = await containersOf("life-removed");
    setTimeout(() => void docker.getContainer(id).remove({ force: true }), 100);
    await expect(sandbox.exec("sleep 30")).rejects.toMatchObject({ code: "sandbox.lost" });
  });
});

test("a sandbox outlives an engine that goes away for a moment and leaves it running", async () => {
  const door = await DockerDoor.open(join(sample.root, "door.sock"));
  const sandboxes = dockerSandboxes(sample, { docker: new Docker({ socketPath: door.socketPath }) });
  await using sandbox = await sandboxes.start(sandboxSpec(sample, { runId: "life-engine-away" }));
  const working = sandbox.exec("sleep 1; echo well");
  await door.shut();
  expect((await working).preview).toBe("well\n");
  await door.reopen();
  onTestFinished(async () => {
    await door.shut();
    expect(await containersOf("life-engine-away")).toEqual([]);
  });
});

describe("a sweep", () => {
  test("removes containers of dead runs only, and none of another installation", async () => {
    const sandboxes = dockerSandboxes(sample);
    await using dead = await sandboxes.start(sandboxSpec(sample, { runId: "sweep-dead", epoch: 3 }));
    await using alive = await sandboxes.start(sandboxSpec(sample, { runId: "sweep-alive" }));
    const elsewhere = dockerSandboxes(sample, { stateDirectory: join(sample.root, "other") });
    expect(await elsewhere.sweep(async () => false)).toBe(0);
    const asked: object[] = [];
    const removed = await sandboxes.sweep(async (owner) => {
      asked.push(owner);
      return owner.runId !== "sweep-dead";
    });
    expect(removed).toBe(1);
    expect(asked).toContainEqual({ runId: "sweep-dead", epoch: 3 });
    expect((await alive.exec("echo well")).preview).toBe("well\n");
    await expect(dead.exec("true")).rejects.toMatchObject({ code: "sandbox.lost" });
  });
});

describe("what is missing is named with its mend", () => {
  test("an image", async () => {
    const missing = expect.objectContaining({
      code: "sandbox.image_missing",
      mend: expect.stringContaining("bin/setup"),
    });
    await expect(dockerSandboxes(sample).check("handback-none:none")).rejects.toEqual(missing);
    await expect(startSandbox(sample, { image: "handback-none:none" })).rejects.toEqual(missing);
  });

  test("an engine", async () => {
    const nowhere = new Docker({ socketPath: join(sample.root, "nowhere.sock") });
    const sandboxes = new DockerSandboxes({ docker: nowhere, stateDirectory: join(sample.root, "state") });
    const unreachable = expect.objectContaining({
      code: "sandbox.engine_unreachable",
      mend: expect.stringContaining("bin/setup"),
    });
    await expect(sandboxes.check(sandboxImage)).rejects.toEqual(unreachable);
    await expect(sandboxes.start(sandboxSpec(sample))).rejects.toEqual(unreachable);
  });

  test("nothing, when all is there", async () => {
    expect((await dockerSandboxes(sample).check(sandboxImage)).engine).toMatch(/^Docker \d/);
  });

  test("an image that is not ours", async () => {
    onTestFinished(async () => expect(await containersOf("life-foreign")).toEqual([]));
    const start = startSandbox(sample, { image: "handback-base:local", runId: "life-foreign" });
    await expect(start).rejects.toMatchObject({ code: "sandbox.image_unfit" });
  });
});
