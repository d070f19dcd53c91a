import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { SandboxPool } from "../../src/sandbox/sandbox-pool.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sandboxContract } from "../contract/sandbox.contract.ts";
import { PoolWorld, soon } from "../support/pool-world.ts";
import { sandboxImage, sandboxSpec } from "../support/start-sandbox.ts";
import { watched } from "../support/watched-sandboxes.ts";

let world: PoolWorld;

beforeAll(() => void (world = new PoolWorld()));
afterAll(() => world?.[Symbol.dispose]());

/** As somebody on the host does, past our channel. */
async function execByDocker(containerId: string, script: string): Promise<string> {
  const exec = await world.docker
    .getContainer(containerId)
    .exec({ Cmd: ["bash", "-c", script], AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await exec.start({ hijack: true, stdin: false, Tty: true });
  let text = "";
  stream.on("data", (chunk: Buffer) => void (text += String(chunk)));
  await once(stream, "end");
  return text.replaceAll("\r\n", "\n");
}

describe("a sandbox from the pool", () => {
  const own = { pool: null as SandboxPool | null, taken: null as Sandbox | null };
  beforeAll(async () => {
    const sandboxes = watched(world.worker());
    own.pool = new SandboxPool({ sandboxes, size: 1 });
    const cold = await own.pool.start(sandboxSpec(world.sample));
    await cold[Symbol.asyncDispose]();
    await sandboxes.warmed(1);
    own.taken = await own.pool.start(sandboxSpec(world.sample));
    expect(await world.isFromPool(own.taken)).toBe(true);
  });
  afterAll(async () => {
    await own.taken?.[Symbol.asyncDispose]();
    await own.pool?.[Symbol.asyncDispose]();
  });

  sandboxContract("A warm sandbox that was taken", async () => {
    const taken = own.taken!;
    await taken.exec(`git reset -q --hard ${world.sample.commit} && git clean -fdxq`);
    // It outlives a test that disposes of it.
    return new Proxy(taken, {
      get: (target, name) => {
        if (name === Symbol.asyncDispose) return async () => undefined;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      },
    });
  });
});

describe("the pool", () => {
  test("gives what waits, bears the run's name then, and has another one for the next time", async () => {
    const { cold, taken } = await world.open().startTwice({ runId: "pool-name", purpose: "write-code" });
    expect(await world.isFromPool(cold)).toBe(false);
    expect(await world.isFromPool(taken)).toBe(true);
    expect((await taken.exec("git status -sb; ls -A")).preview).toBe(
      "## agent/1-test\n.git\nREADME.md\nsrc\n",
    );
    await soon(async () => (await world.containers()).map(({ name }) => name)).toEqual([
      `handback-pool-name-write-code-${cold.id}`,
      `handback-pool-name-write-code-${taken.id}`,
      expect.stringMatching(/^handback-pool-[0-9a-f]{12}$/),
    ]);
  });

  test("never gives a used one again, nor anything of it", async () => {
    const opened = world.open();
    const { taken } = await opened.startTwice();
    await taken.exec("echo evil | tee /workspace/x /tmp/x ~/x; sleep 300 & disown");
    await taken[Symbol.asyncDispose]();
    expect((await world.containers()).map(({ id }) => id)).not.toContain(taken.id);
    const next = await opened.start();
    expect(await world.isFromPool(next)).toBe(true);
    expect(next.id).not.toBe(taken.id);
    const left = await next.exec(
      "ls -A /tmp ~ /workspace | grep -x x; pgrep -c sleep; git status --porcelain",
    );
    expect(left.preview).toBe("0\n");
  });

  test("gives two who come at once two different ones", async () => {
    const opened = world.open({ size: 2 });
    await Promise.all([opened.start(), opened.start()]);
    await opened.sandboxes.warmed(2);
    const both = await Promise.all([opened.start(), opened.start()]);
    expect(await Promise.all(both.map((one) => world.isFromPool(one)))).toEqual([true, true]);
    expect(both[0].id).not.toBe(both[1].id);
    const answers = await Promise.all(both.map((one, n) => one.exec(`echo ${n} > n; sleep 0.2; cat n`)));
    expect(answers.map(({ preview }) => preview)).toEqual(["0\n", "1\n"]);
  });

  test.each([
    ["another image", { image: "handback-none:none" }],
    ["other limits", { limits: { memoryMb: 300, cpus: 2, pids: 128, diskMb: 256, minutes: 5 } }],
  ])("gives none that was started with %s", async (_what, overrides) => {
    const opened = world.open();
    await opened.start();
    await opened.sandboxes.warmed(1);
    const other = await opened.start(overrides).catch((error: unknown) => error);
    if ("image" in overrides) expect(other).toMatchObject({ code: "sandbox.image_missing" });
    else expect(await world.isFromPool(other as Sandbox)).toBe(false);
  });

  test("counts a run's minutes from when it takes one", async () => {
    const opened = world.open();
    const limits = { ...sandboxSpec(world.sample).limits, minutes: 6 / 60 };
    await opened.start();
    await opened.sandboxes.warmed(1);
    await delay(6_200);
    const taken = await opened.start({ limits });
    expect(await world.isFromPool(taken)).toBe(true);
    expect((await taken.exec("sleep 1; echo well")).preview).toBe("well\n");
    await expect(taken.exec("sleep 60")).rejects.toMatchObject({ code: "sandbox.time_over" });
  });

  test("gives one whose run is stopped as any other", async () => {
    const opened = world.open();
    await opened.start();
    await opened.sandboxes.warmed(1);
    const stop = new AbortController();
    const taken = await opened.start({ signal: stop.signal });
    expect(await world.isFromPool(taken)).toBe(true);
    setTimeout(() => stop.abort(), 100);
    await expect(taken.exec("sleep 60")).rejects.toMatchObject({ code: "sandbox.cancelled" });
    await expect(opened.start({ signal: stop.signal })).rejects.toThrow("abort");
  });
});

describe("one that waits", () => {
  test("has nothing of a run in it and no way out; with a run it gets that run's rules, log and record", async () => {
    const lines: object[] = [];
    const note = (fields: object) => void lines.push(fields);
    const opened = world.open({
      docker: { logger: { debug: note, info: note, warn: note }, registries: [] },
    });
    await opened.start({ runId: "pool-first", allow: [{ host: "first.invalid", methods: ["GET"] }] });
    await opened.sandboxes.warmed(1);
    const [warm] = await world.waiting();
    const ask = (host: string) =>
      `curl -sS -m 5 -o /dev/null -w '%{http_code} ' -x http://127.0.0.1:3128 http://${host}/ 2>/dev/null`;
    const inside = await execByDocker(
      warm!.Id,
      `find /workspace /tmp /home/agent -type f; ls /run/handback; ${ask("first.invalid")}; echo $?`,
    );
    // The connection is closed without a word.
    expect(inside).toMatch(/^authority\.pem\n000 5[26]\n$/);
    const allow = [{ host: "second.invalid", methods: ["GET"] as const }];
    const taken = await opened.start({ runId: "pool-second", purpose: "look", allow });
    expect(taken.id).toBe(warm!.id);
    const answers = await taken.exec(
      `${ask("first.invalid")}; ${ask("second.invalid")}; ls /run/handback; cat /run/handback/taker.json`,
    );
    expect(answers.preview).toBe(
      "403 502 authority.pem\nproxy.sock\ntaker.json\ncat: /run/handback/taker.json: Permission denied\n",
    );
    expect(taken.requests().map(({ host, refusedBy }) => [host, refusedBy])).toEqual([
      ["first.invalid", "host"],
      ["second.invalid", null],
    ]);
    const refused = lines.find((line) => "refusedBy" in line);
    expect(refused).toMatchObject({ sandbox: taken.id, runId: "pool-second", purpose: "look" });
  });

  test("is dropped when it dies, and is not given", async () => {
    const opened = world.open();
    await opened.start();
    await opened.sandboxes.warmed(1);
    const [warm] = await world.waiting();
    await world.docker.getContainer(warm!.Id).kill();
    await soon(() => world.waiting()).toEqual([]);
    const next = await opened.start();
    expect(await world.isFromPool(next)).toBe(false);
    expect((await next.exec("echo well")).preview).toBe("well\n");
  });

  test("that dies in the moment when it is taken is made up for by a cold start", async () => {
    const killed: string[] = [];
    const opened = world.open({
      fitAnswer: async () => {
        const [warm] = await world.waiting();
        killed.push(warm!.id);
        await world.docker.getContainer(warm!.Id).kill();
        return true;
      },
    });
    await opened.start();
    await opened.sandboxes.warmed(1);
    const next = await opened.start();
    expect(killed).toHaveLength(1);
    expect(killed).not.toContain(next.id);
    expect((await next.exec("cat README.md")).preview).toBe("# Sample\n");
  });

  test("is replaced when its time is over, while its repository is hot", async () => {
    const opened = world.open({ keptMs: 3_000, hotMs: Infinity });
    await opened.start();
    await opened.sandboxes.warmed(1);
    const [first] = await world.waiting();
    await opened.sandboxes.warmed(2);
    expect((await world.waiting()).map(({ id }) => id)).not.toContain(first!.id);
  });

  test("is removed when its time is over, and not replaced when its repository is hot no more", async () => {
    const opened = world.open({ keptMs: 300, hotMs: 0 });
    await opened.start();
    await opened.sandboxes.warmed(1);
    await soon(() => world.waiting()).toEqual([]);
    await delay(300);
    expect(opened.sandboxes.begun()).toBe(1);
  });

  test("is not given when its image's name has come to mean another image", async () => {
    const [repo, tag] = ["handback-pool-test", `t${process.pid}`];
    const image = `${repo}:${tag}`;
    await world.docker.getImage(sandboxImage).tag({ repo, tag });
    onTestFinished(() => world.docker.getImage(image).remove({ force: true }));
    const opened = world.open();
    await opened.start({ image });
    await opened.sandboxes.warmed(1);
    const [warm] = await world.waiting();
    const { Id: newer } = (await world.docker.getContainer(warm!.Id).commit({ repo, tag, pause: false })) as {
      Id: string;
    };
    expect(newer).not.toBe(warm!.image);
    const next = await opened.start({ image });
    expect((await world.containers()).find(({ id }) => id === next.id)).toMatchObject({
      isOfPool: false,
      image: newer,
    });
    await soon(async () => (await world.containers()).map(({ id }) => id)).not.toContain(warm!.id);
    await opened.sandboxes.warmed(2);
    expect(await world.isFromPool(await opened.start({ image }))).toBe(true);
  });
});
