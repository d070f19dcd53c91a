import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readConfig } from "../../src/config.ts";

const root = path.join(import.meta.dirname, "../..");
const run = promisify(execFile);

describe("the sandbox image", () => {
  let report: Map<string, string>;

  beforeAll(async () => {
    const questions = {
      user: "echo $(id -u):$(id -g) $HOME",
      setuid: "find / -xdev -type f -perm /6000 2>/dev/null; true",
      workspace: "stat -c %U /workspace; pwd",
      tools: `for tool in ${tools.join(" ")}; do command -v $tool >/dev/null || echo "no $tool"; done`,
      node: "node --version",
      venv: "python3 -m venv /tmp/v && /tmp/v/bin/python -c 'print(1)'",
      headers: "ls /usr/local/include/node/node_api.h",
      npm: "npm --version 2>&1",
    };
    const script = Object.entries(questions).map(([name, command]) => `echo "=== ${name}"; { ${command}; }`);
    const output = await inImage("handback-sandbox:local", script.join("\n"));
    report = new Map(
      output
        .split("=== ")
        .map((part) => [part.split("\n")[0] ?? "", part.split("\n").slice(1).join("\n").trim()]),
    );
  });

  const tools =
    "git curl rg make gcc g++ python3 python pytest pip node npm npx pnpm yarn jq unzip patch".split(" ");

  test("runs as a user of its own, in a workspace that belongs to it", () => {
    expect(report.get("user")).toBe("10001:10001 /home/agent");
    expect(report.get("workspace")).toBe("agent\n/workspace");
  });

  test("has no file that would give a process another user's rights", () => {
    expect(report.get("setuid")).toBe("");
  });

  test("has the tools that agents and checks need", () => {
    expect(report.get("tools")).toBe("");
    expect(report.get("node")).toMatch(/^v(2[4-9]|[3-9]\d)\./);
    expect(report.get("venv")).toBe("1");
  });

  test("lets npm build native packages from the headers that are there, without a word about unknown settings", () => {
    expect(report.get("headers")).toBe("/usr/local/include/node/node_api.h");
    expect(report.get("npm")).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

describe("the App's image", () => {
  test(
    "builds on the base that bin/setup made, and runs the command as a user without rights",
    { timeout: 300_000 },
    async () => {
      const before = await imageId("handback:local");
      await run(
        "docker",
        ["build", "--force-rm", "--tag", "handback:local", "--build-arg", "BASE=handback-base:local", "."],
        {
          cwd: root,
        },
      );
      if (before !== null && before !== (await imageId("handback:local"))) {
        await run("docker", ["image", "rm", before]).catch(() => undefined);
      }

      const { stdout } = await run("docker", ["run", "--rm", "--network", "none", "handback:local", "help"]);
      expect(stdout).toContain("handback: an issue becomes a reviewed pull request");
      const facts = await inImage(
        "handback:local",
        "id -u; redis-server --version; git --version; touch $HANDBACK_DATA/x && echo may write; ls node_modules/vitest; find / -xdev -type f -perm /6000 2>/dev/null; true",
      );
      expect(facts).toMatch(/^10002\nRedis server .*\ngit version .*\nmay write\n$/);
    },
  );
});

describe("compose.yaml", () => {
  const compose = parse(readFileSync(path.join(root, "compose.yaml"), "utf8"), { merge: true }) as {
    services: Record<string, Service>;
  };
  const { prepare, redis, web, worker } = compose.services as Record<string, Service> & {
    prepare: Service;
    redis: Service;
    web: Service;
    worker: Service;
  };

  test("builds both images from the Dockerfiles that are here, under the names that the App looks for", () => {
    expect(prepare.image).toBe(readConfig({}).sandbox.image);
    for (const { build } of Object.values(compose.services)) {
      const dockerfile = readFileSync(path.join(root, build.context, "Dockerfile"), "utf8");
      const [, fallback] = /^ARG BASE=(\S+)$/m.exec(dockerfile) ?? [];
      expect(build.args["BASE"]).toBe(`\${HANDBACK_BASE:-${fallback}}`);
    }
    expect(redis.depends_on).toEqual({ prepare: { condition: "service_completed_successfully" } });
    for (const { depends_on } of [web, worker])
      expect(depends_on).toEqual({ redis: { condition: "service_healthy" } });
  });

  test("gives the Docker socket, and the group that may use it, to the worker alone", () => {
    const named = (has: (service: Service) => boolean) =>
      Object.entries(compose.services).flatMap(([name, service]) => (has(service) ? [name] : []));

    expect(named(({ volumes }) => volumes.some((volume) => volume.includes("docker.sock")))).toEqual([
      "worker",
    ]);
    expect(named(({ group_add }) => group_add !== undefined)).toEqual(["worker"]);
    expect(named((service) => JSON.stringify(service).includes("DOCKER_HOST"))).toEqual([]);
  });

  test("lets nothing that stays up be root, gain rights, or write outside the data", () => {
    const [, user] = /^USER (\S+)$/m.exec(readFileSync(path.join(root, "Dockerfile"), "utf8")) ?? [];
    for (const service of [redis, web, worker]) {
      expect(service).toMatchObject({
        user,
        read_only: true,
        cap_drop: ["ALL"],
        security_opt: ["no-new-privileges:true"],
      });
      expect(service.cap_add).toBeUndefined();
      expect(service.privileged).toBeUndefined();
    }
    expect(prepare.entrypoint?.join(" ")).toContain(`chown ${user} /data`);
    expect(prepare).toMatchObject({
      network_mode: "none",
      restart: "no",
      cap_add: ["CHOWN", "DAC_OVERRIDE"],
    });
  });

  test("gives the web server what it reads one by one, and of the model nothing but the names in its file", () => {
    expect(web.env_file).toBeUndefined();
    const names = Object.keys(web.environment ?? {});
    expect(names.filter((name) => /KEY|TOKEN|SECRET|PASSWORD/.test(name))).toEqual([
      "PRIVATE_KEY",
      "PRIVATE_KEY_PATH",
      "WEBHOOK_SECRET",
    ]);
    expect(names.filter((name) => /ANTHROPIC|SANDBOX|DOCKER/.test(name))).toEqual([]);
    expect(worker.env_file).toEqual([{ path: ".env", required: false }]);
  });

  test("has the data at one path inside and outside, since the host's Docker mounts parts of it into sandboxes", () => {
    const mount = worker.volumes.at(-1) ?? "";
    const half = mount.length / 2;

    expect(mount.slice(0, Math.floor(half))).toBe(mount.slice(Math.ceil(half)));
    expect(mount).toContain(worker.environment?.["HANDBACK_DATA"]);
    expect(web.volumes).toEqual([mount]);
  });

  test("shows the web server to this machine only, keeps web and worker apart, and Redis off every network", () => {
    expect(web.ports).toEqual(["127.0.0.1:3000:3000"]);
    expect([prepare.ports, redis.ports, worker.ports]).toEqual([undefined, undefined, undefined]);
    expect([web.networks, worker.networks, redis.network_mode]).toEqual([["web"], ["worker"], "none"]);
    expect(redis.entrypoint).toEqual(expect.arrayContaining(["--port", "0", "--unixsocket"]));
    for (const { environment } of [web, worker])
      expect(environment?.["REDIS_URL"]).toMatch(/^unix:\/\/.*\/redis\/redis\.sock$/);
  });
});

interface Service {
  image: string;
  build: { context: string; args: Record<string, string> };
  depends_on?: unknown;
  entrypoint?: string[];
  env_file?: unknown;
  environment?: Record<string, string>;
  ports?: string[];
  networks?: string[];
  network_mode?: string;
  group_add?: string[];
  cap_add?: string[];
  privileged?: boolean;
  volumes: string[];
}

async function inImage(image: string, script: string): Promise<string> {
  const { stdout } = await run(
    "docker",
    ["run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script],
    {
      timeout: 60_000,
    },
  );
  return stdout;
}

async function imageId(image: string): Promise<string | null> {
  return run("docker", ["image", "inspect", "--format", "{{.Id}}", image]).then(
    ({ stdout }) => stdout.trim(),
    () => null,
  );
}
