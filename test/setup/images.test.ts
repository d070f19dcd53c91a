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
  const { prepare, handback } = compose.services as { prepare: Service; handback: Service };

  test("builds both images from the Dockerfiles that are here, under the names that the App looks for", () => {
    expect(prepare.image).toBe(readConfig({}).sandbox.image);
    for (const { build } of [prepare, handback]) {
      const dockerfile = readFileSync(path.join(root, build.context, "Dockerfile"), "utf8");
      const [, fallback] = /^ARG BASE=(\S+)$/m.exec(dockerfile) ?? [];
      expect(build.args["BASE"]).toBe(`\${HANDBACK_BASE:-${fallback}}`);
    }
    expect(handback.depends_on).toEqual({ prepare: { condition: "service_completed_successfully" } });
  });

  test("gives the Docker socket to Handback alone", () => {
    const withSocket = Object.entries(compose.services).filter(([, { volumes }]) =>
      volumes.some((volume) => volume.includes("docker.sock")),
    );

    expect(withSocket.map(([name]) => name)).toEqual(["handback"]);
  });

  test("has the data at one path inside and outside, since the host's Docker mounts parts of it into sandboxes", () => {
    const [, mount] = handback.volumes;
    const half = (mount?.length ?? 0) / 2;

    expect(mount?.slice(0, Math.floor(half))).toBe(mount?.slice(Math.ceil(half)));
    expect(mount).toContain(handback.environment["HANDBACK_DATA"]);
  });

  test("gives the data folder to the user that the App's image runs as", () => {
    const [, user] = /^USER (\S+)$/m.exec(readFileSync(path.join(root, "Dockerfile"), "utf8")) ?? [];

    expect(prepare.entrypoint).toEqual(["chown", user, "/data"]);
  });

  test("shows the web server to this machine only", () => {
    expect(handback.ports).toEqual(["127.0.0.1:3000:3000"]);
  });
});

interface Service {
  image: string;
  build: { context: string; args: Record<string, string> };
  depends_on?: unknown;
  entrypoint?: string[];
  environment: Record<string, string>;
  ports?: string[];
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
