import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { EXIT_NO_CHANNEL } from "../../sandbox/protocol.ts";
import { knownEscapes } from "../../src/sandbox/known-escapes.ts";
import { DockerSandboxes, type DockerSandboxesOptions } from "../../src/sandbox/docker-sandboxes.ts";
import { runCli, temporaryFolder } from "../cli/run-cli.ts";
import { Lines } from "../jobs/support.ts";
import { sandboxImage } from "../support/start-sandbox.ts";
import { startStubEngine, type StubEngine, type StubEngineOptions } from "../support/stub-engine.ts";

describe("an engine that is known to let containers out", () => {
  test("starts no agent, and is told what to upgrade", async () => {
    const { opened } = await open({ runc: "1.1.11" });

    await expect(opened).rejects.toMatchObject({
      code: "sandbox.engine_escapable",
      message:
        "Agents are not let loose here: runc 1.1.11 is affected by CVE-2024-21626, CVE-2025-31133, CVE-2025-52565, CVE-2025-52881.",
      mend: expect.stringMatching(
        /^Upgrade runc to 1\.2\.8 or newer .* gVisor .* HANDBACK_ACCEPTED_ESCAPES=CVE-2024-21626,/,
      ),
    });
  });

  test.for([
    ["1.0.0-rc6", "CVE-2019-5736"],
    ["1.0.0-rc94", "CVE-2021-30465"],
    ["v1.0.0-rc93", "CVE-2024-21626"],
    ["1.2.7", "CVE-2025-52881"],
    ["1.3.2", "CVE-2025-31133"],
    ["1.4.0-rc.2", "CVE-2025-52565"],
  ] as const)("is known with runc %s by %s", async ([runc, id]) => {
    await expect((await open({ runc })).opened).rejects.toThrow(id);
  });

  test.for(["1.2.8", "1.3.3", "1.4.0-rc.3", "1.4.0", "1.5.2"])("is not one with runc %s", async (runc) => {
    const { opened, lines } = await open({ runc });
    await opened;
    expect(warnings(lines)).toEqual([]);
  });

  test("may be used by who names what he lives with, and by nobody for what he did not name", async () => {
    const acceptedEscapes = ["CVE-2025-31133", "CVE-2025-52565", "CVE-2025-52881"];
    const { opened, lines } = await open({ runc: "1.3.2" }, { acceptedEscapes });
    await opened;
    expect(warnings(lines)).toEqual([expect.stringContaining("HANDBACK_ACCEPTED_ESCAPES says to go on")]);

    const older = await open({ runc: "1.1.11" }, { acceptedEscapes });
    await expect(older.opened).rejects.toThrow(/affected by CVE-2024-21626\.$/);
  });

  test.for([
    ["user namespaces", { securityOptions: ["name=seccomp,profile=default", "name=userns"] }],
    ["gVisor", { runtimes: ["runc", "runsc"] }],
  ] as const)("may be used behind %s, with a warning", async ([, wall]) => {
    const { opened, lines } = await open({ runc: "1.1.11", ...wall });
    await opened;
    expect(warnings(lines)).toEqual([expect.stringMatching(/CVE-2024-21626.*stands before it\.$/)]);
  });

  test("is only warned of where a distribution built it, since the number does not tell what was mended", async () => {
    const { opened, lines } = await open({ runc: ["1.1.5+ds1", "1.1.5+ds1-1+deb12u1"] });
    await opened;
    expect(warnings(lines)).toEqual([
      expect.stringMatching(/^runc 1\.1\.5\+ds1-1\+deb12u1 .*CVE-2024-21626.*apt changelog runc/),
    ]);
  });

  test("is only warned of where the hole needs what no sandbox gets", async () => {
    const { opened, lines } = await open({ docker: "27.0.3", containerd: "1.6.20" });
    await opened;
    expect(warnings(lines).join("\n")).toMatch(
      /CVE-2024-40635, but needs a user who is taken from the image/,
    );
    expect(warnings(lines).join("\n")).toMatch(/Docker 27\.0\.3 .*CVE-2026-41567.* Upgrade to 29\.5\.1/);
  });

  test("fails in the doctor with the same words, and the distribution's build is a warning there", async () => {
    const [old, packaged] = await Promise.all([
      examine({ runc: "1.1.11" }),
      examine({ runc: ["1.1.12-0ubuntu3.1", ""] }),
    ]);
    expect(old).toMatchObject({ status: "failed", mend: expect.stringContaining("Upgrade runc to 1.2.8") });
    expect(packaged).toMatchObject({
      status: "ok",
      warnings: [expect.stringMatching(/^runc 1\.1\.12-0ubuntu3\.1 .*CVE-2025-31133/)],
    });
  });
});

describe("gVisor", () => {
  test("is used unasked where Docker has it", async () => {
    const { opened, engine, lines, sandboxes } = await open({ runtimes: ["runc", "runsc"] });
    await opened;
    expect(lines.lines).toEqual([expect.objectContaining({ level: "info", fields: { runtime: "runsc" } })]);
    await startUntilMade(sandboxes, engine);
    expect(engine.made.map(({ HostConfig }) => HostConfig.Runtime)).toEqual(["runsc", "runsc"]);
  });

  test("is left for the default with a loud warning where it starts nothing", async () => {
    const { opened, lines, engine, sandboxes } = await open({
      runtimes: ["runc", "runsc"],
      broken: { runsc: 128 },
    });
    await opened;
    expect(await opened).toEqual({ warnings: [expect.stringContaining("WITHOUT gVisor")] });
    expect(warnings(lines)).toEqual([
      expect.stringMatching(/WITHOUT gVisor.*up to date .*SANDBOX_RUNTIME=runc/),
    ]);
    await startUntilMade(sandboxes, engine);
    expect(engine.made.map(({ HostConfig }) => HostConfig.Runtime)).toEqual(["runsc", undefined]);
  });

  test("is no wall for an old runc where it starts nothing", async () => {
    const { opened } = await open({ runc: "1.1.11", runtimes: ["runc", "runsc"], broken: { runsc: 128 } });
    await expect(opened).rejects.toMatchObject({ code: "sandbox.engine_escapable" });
  });

  test("ends the start where the operator asked for it by name, and says how its sockets are opened", async () => {
    const asked = { runtime: "runsc" };
    const dead = await open({ runtimes: ["runc", "runsc"], broken: { runsc: 128 } }, asked);
    await expect(dead.opened).rejects.toMatchObject({
      code: "sandbox.runtime_unfit",
      message: expect.stringContaining("The runtime runsc starts no sandbox"),
      mend: expect.stringMatching(/up to date .*leave SANDBOX_RUNTIME out\.$/),
    });
    const noSocket = await open({ runtimes: ["runc", "runsc"], broken: { runsc: EXIT_NO_CHANNEL } }, asked);
    await expect(noSocket.opened).rejects.toMatchObject({
      mend: expect.stringContaining("`--host-uds=open`"),
    });
  });

  test("is done without where SANDBOX_RUNTIME says runc", async () => {
    const { opened, engine, sandboxes } = await open({ runtimes: ["runc", "runsc"] }, { runtime: "runc" });
    await opened;
    await startUntilMade(sandboxes, engine);
    expect(engine.made.map(({ HostConfig }) => HostConfig.Runtime)).toEqual(["runc"]);
  });
});

test("a worker does not start on such an engine, and says in words why", { timeout: 60_000 }, async () => {
  const { address } = await startStubEngine({ runc: "1.1.11" });
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const ended = await runCli(["start"], {
    env: {
      DOCKER_HOST: address,
      HANDBACK_DATA: temporaryFolder(),
      PORT: "0",
      APP_ID: "1",
      PRIVATE_KEY: privateKey,
      WEBHOOK_SECRET: crypto.randomUUID(),
    },
  });
  expect(ended.exitCode).toBe(1);
  expect(ended.stderr).toMatch(
    /^Agents are not let loose here: runc 1\.1\.11 .*\nUpgrade runc to 1\.2\.8 or newer/,
  );
});

test(
  "this machine's own engine is opened, with a word on what its versions leave open",
  { timeout: 60_000 },
  async () => {
    const lines = new Lines();
    const sandboxes = new DockerSandboxes({ stateDirectory: await stateDirectory(), logger: lines });
    await sandboxes.open(sandboxImage);
    expect(warnings(lines).every((warning) => /CVE-\d{4}-\d+|does not say which runc/.test(warning))).toBe(
      true,
    );
  },
);

test(
  "a runtime that Docker does not have ends the start on the real engine",
  { timeout: 60_000 },
  async () => {
    const sandboxes = new DockerSandboxes({
      stateDirectory: await stateDirectory(),
      runtime: "runsc-of-nobody",
    });
    await expect(sandboxes.open(sandboxImage)).rejects.toMatchObject({ code: "sandbox.runtime_unfit" });
  },
);

test("each known escape says where it is known from", () => {
  expect(new Set(knownEscapes.map(({ id }) => id)).size).toBe(knownEscapes.length);
  for (const { source, affected } of knownEscapes) {
    expect(URL.canParse(source)).toBe(true);
    expect(affected.length).toBeGreaterThan(0);
  }
});

async function open(stub: StubEngineOptions, options: Partial<DockerSandboxesOptions> = {}) {
  const engine = await startStubEngine(stub);
  const lines = new Lines();
  const sandboxes = new DockerSandboxes({
    docker: engine.docker,
    stateDirectory: await stateDirectory(),
    logger: lines,
    ...options,
  });
  const opened = sandboxes.open(sandboxImage);
  opened.catch(() => {});
  return { opened, engine, lines, sandboxes };
}

function warnings({ lines }: Lines): string[] {
  return lines.filter(({ level }) => level === "warn").map(({ fields }) => String(fields["warning"]));
}

/** With a time so short that a stub's sandbox is given up at once. */
/** The stub's containers never come up: their start is given up once the engine was asked for one. */
async function startUntilMade(sandboxes: DockerSandboxes, engine: StubEngine): Promise<void> {
  const made = engine.made.length;
  const stop = new AbortController();
  const start = sandboxes.start({ ...anySpec(), signal: stop.signal }).catch(() => {});
  await vi.waitFor(() => expect(engine.made.length).toBeGreaterThan(made), { timeout: 20_000 });
  stop.abort();
  await start;
}

function anySpec() {
  return {
    runId: "r",
    epoch: 1,
    purpose: "test",
    image: sandboxImage,
    limits: { memoryMb: 64, cpus: 1, pids: 32, diskMb: 64, minutes: 1 },
    checkout: {
      mirror: "/nowhere",
      commit: "0".repeat(40),
      branch: null,
      author: { name: "a", email: "a@b.c" },
    },
    allow: [],
  };
}

async function examine(
  stub: StubEngineOptions,
): Promise<{ status: string; mend: string | null; warnings: string[] }> {
  const { address } = await startStubEngine(stub);
  const env = { DOCKER_HOST: address, HANDBACK_DATA: temporaryFolder() };
  const { stdout } = await runCli(["doctor", "--json"], { env });
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; status: string; mend: string | null; warnings: string[] }[];
  };
  return checks.find(({ name }) => name === "Known escapes")!;
}

async function stateDirectory(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), "hb-13-"));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}
