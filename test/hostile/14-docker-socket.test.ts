import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { openModelRegistry } from "../../src/agent/model-registry.ts";
import { containerOptions } from "../../src/sandbox/docker-limits.ts";
import { DockerSandboxes } from "../../src/sandbox/docker-sandboxes.ts";
import { seccompProfile } from "../../src/sandbox/seccomp-profile.ts";
import { settingsFileSchema } from "../../src/settings/schema.ts";
import { readSettings } from "../../src/steps/read-settings.ts";
import { openSandbox, type Workbench } from "../../src/steps/workbench.ts";
import { temporaryFolder } from "../cli/run-cli.ts";
import { aRedis, startChild, until } from "../jobs/support.ts";
import { aRun } from "../support/a-run.ts";
import { startStubEngine } from "../support/stub-engine.ts";

describe("what a container may be asked to be", () => {
  test("no input of the one place that writes it down changes a right", () => {
    const text = fc.string({ maxLength: 40 });
    const folder = fc.stringMatching(/^\/state\/[a-z0-9]{1,12}$/);
    const inputs = fc.record({
      name: text,
      image: text,
      labels: fc.dictionary(text, text),
      limits: fc.record({
        memoryMb: fc.integer({ min: 1, max: 262_144 }),
        cpus: fc.double({ min: 0.1, max: 256, noNaN: true }),
        pids: fc.integer({ min: 1, max: 32_768 }),
        diskMb: fc.integer({ min: 1, max: 1_048_576 }),
        minutes: fc.integer({ min: 1, max: 1440 }),
      }),
      mirror: folder,
      egressDirectory: folder,
      firstProcessDirectory: folder,
      // Of no type that it takes: what a careless caller might hand on from a file.
      Privileged: fc.boolean(),
      Binds: fc.array(text),
      User: text,
      HostConfig: fc.dictionary(text, fc.anything()),
    });
    fc.assert(
      fc.property(inputs, (input) => {
        const made = containerOptions(input);
        const { Memory, MemorySwap, NanoCpus, PidsLimit, Tmpfs, Mounts } = made.HostConfig ?? {};
        expect(rightsIn(made)).toEqual(plainRights);
        expect([Memory, NanoCpus, PidsLimit]).not.toContain(0);
        expect(MemorySwap).toBe(Memory);
        expect(Mounts?.map(targetOf)).toEqual(plainMounts);
        expect(Mounts?.every(({ ReadOnly }) => ReadOnly)).toBe(true);
        for (const { Source } of Mounts ?? []) {
          const given = [input.mirror, input.egressDirectory, input.firstProcessDirectory];
          expect(given.some((place) => Source === place || Source.startsWith(`${place}/`))).toBe(true);
        }
        for (const options of Object.values(Tmpfs ?? {}))
          expect(options).toMatch(/^rw,nosuid,nodev,size=\d+m,/);
        expect(made.User).toBe("10001:10001");
        expect(made.Healthcheck).toEqual({ Test: ["NONE"] });
      }),
      { numRuns: 300 },
    );
  });

  test("no settings file of a repository changes a right: it is refused, or the container differs in limits and image alone", async () => {
    const engine = await startStubEngine({ refuses: true });
    const sandboxes = new DockerSandboxes({ docker: engine.docker, stateDirectory: temporaryFolder() });
    const sandbox = fc.record(
      {
        image: fc.oneof(
          fc.constantFrom("acme/ci:22", "x@sha256:0"),
          fc.string({ minLength: 1, maxLength: 40 }),
        ),
        memoryMb: fc.integer({ min: 128, max: 4096 }),
        cpus: fc.integer({ min: 1, max: 8 }),
        pids: fc.integer({ min: 32, max: 1024 }),
        diskMb: fc.integer({ min: 64, max: 4096 }),
        ...Object.fromEntries(
          wishes.map((key) => [key, fc.constantFrom(true, "root", "/:/host", ["/dev/mem"], "host")]),
        ),
      },
      { requiredKeys: [] },
    );
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(sandbox, async (wanted) => {
        let settings: ReturnType<typeof readSettings>;
        try {
          settings = readSettings(stringify({ sandbox: wanted }), context);
        } catch (error) {
          refused += 1;
          expect(error).toMatchObject({ code: "settings.invalid" });
          return;
        }
        expect(wishes.filter((key) => Object.hasOwn(wanted, key))).toEqual([]);
        expect(settings.sandbox.image ?? "").toMatch(/^[\w.:/@-]*$/);
        await openSandbox(bench(settings, sandboxes), {
          purpose: "code",
          commit: "0".repeat(40),
          branch: null,
          signal: AbortSignal.timeout(5_000),
        }).catch(() => {});
        const made = engine.made.at(-1);
        expect(made?.Image).toBe(settings.sandbox.image ?? "operators:image");
        expect(made?.User).toBe("10001:10001");
        expect(rightsIn(made!)).toEqual(plainRights);
      }),
      // Files that ask for nothing forbidden come first.
      { numRuns: 150, examples: [[{}], [{ image: "other", memoryMb: 512 }], [{ pids: 64, cpus: 1 }]] },
    );
    expect(engine.made.length).toBeGreaterThanOrEqual(3);
    expect(refused).toBeGreaterThan(50);
  });

  test("the settings' schema has no key for a right", () => {
    const keys = Object.keys(settingsFileSchema.shape.sandbox.unwrap().shape);
    expect(keys.filter((key) => wishes.some((wish) => wish.toLowerCase() === key.toLowerCase()))).toEqual([]);
  });

  test("an image that the operator does not allow is refused, by its exact name or the beginning that he allows", () => {
    const bound = {
      ...context,
      operator: { ...context.operator, images: ["handback-sandbox:local", "acme/ci:*"] },
    };
    const reads = (image: string) => () =>
      readSettings(stringify({ sandbox: { image } }), bound).sandbox.image;
    expect(reads("acme/ci:22")()).toBe("acme/ci:22");
    expect(reads("handback-sandbox:local")()).toBe("handback-sandbox:local");
    for (const image of ["acme/payroll:1", "handback-sandbox:local2", "docker.io/acme/ci:22"])
      expect(reads(image)).toThrow(expect.objectContaining({ code: "settings.image_not_allowed" }));
    expect(readSettings(null, bound).sandbox.image).toBeNull();
  });
});

test(
  "the web process starts, and says that it is well, on a machine that has no Docker",
  { timeout: 30_000 },
  async () => {
    const redis = await aRedis();
    const { lines } = startChild("../../src/cli.ts", ["web"], {
      DOCKER_HOST: "unix:///nonexistent/docker.sock",
      REDIS_URL: `unix://${redis.socketPath}`,
      HANDBACK_DATA: temporaryFolder(),
      PORT: "0",
    });
    const running = () => lines.find((line) => line.includes("Handback is running"));
    await until(() => running() !== undefined, { show: () => lines });
    const { url } = JSON.parse(running() ?? "{}") as { url: string };
    const health = await fetch(new URL("/health", url));
    expect(await health.json()).toMatchObject({ status: "ok" });
  },
);

/** What someone might hope to set under `sandbox:`. */
const wishes =
  "privileged binds volumes mounts devices network networkMode user capAdd securityOpt pidMode runtime entrypoint env init".split(
    " ",
  );

const { names } = openModelRegistry({ file: null, apiKey: null, baseUrl: null, valueOf: () => null });
const none = { usd: null, tokens: null };
const context = {
  branch: "main",
  options: { models: {}, usd: null, rounds: null },
  operator: {
    label: "agent",
    names,
    models: { planner: null, coder: null, reviewer: null, improver: null, helper: null },
    maximums: { turns: null, tokens: null, usd: null, minutes: null },
    perDay: { all: none, person: none },
    network: null,
  },
};

const plainInput = {
  name: "n",
  image: "i",
  labels: {},
  limits: { memoryMb: 1, cpus: 1, pids: 1, diskMb: 1, minutes: 1 },
  mirror: "/m",
  egressDirectory: "/e",
  firstProcessDirectory: "/f",
};
const plain = containerOptions(plainInput);
/** Every setting, written out once more: who changes one has to change it here, too. */
const plainRights = {
  NetworkMode: "none",
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
  Privileged: false,
  ReadonlyRootfs: true,
  Ulimits: [
    { Name: "nofile", Soft: 4096, Hard: 4096 },
    { Name: "core", Soft: 0, Hard: 0 },
  ],
  IpcMode: "private",
  CgroupnsMode: "private",
  Init: true,
  OomScoreAdj: 500,
  RestartPolicy: { Name: "no" },
  AutoRemove: false,
  LogConfig: { Type: "json-file", Config: { "max-size": "16k", "max-file": "1" } },
};
const plainMounts = plain.HostConfig?.Mounts?.map(targetOf);

/** All of a container's settings on the host but its limits and what is mounted where. */
function rightsIn({ HostConfig }: { HostConfig?: object | undefined }): Record<string, unknown> {
  const bounded = ["Memory", "MemorySwap", "NanoCpus", "PidsLimit", "Tmpfs", "Mounts"];
  return Object.fromEntries(Object.entries(HostConfig ?? {}).filter(([name]) => !bounded.includes(name)));
}

function targetOf({
  Type,
  Target,
  ReadOnly,
}: {
  Type: string;
  Target: string;
  ReadOnly?: boolean | undefined;
}): object {
  return { Type, Target, ReadOnly };
}

/** The parts of a workbench that a sandbox is opened with. */
function bench(settings: ReturnType<typeof readSettings>, sandboxes: DockerSandboxes): Workbench {
  const parts: Partial<Workbench> = {
    run: aRun(),
    settings,
    sandboxes,
    image: settings.sandbox.image ?? "operators:image",
    mirror: "/mirror",
  };
  return parts as Workbench;
}
