import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { FreshMachine, packageLock } from "./fresh-machine.ts";

const root = path.join(import.meta.dirname, "../..");

describe("where nothing is missing", () => {
  test("a second run prints nothing and changes nothing", () => {
    execFileSync(path.join(root, "bin/setup"), { stdio: "ignore" });
    const before = state();

    const { status, stdout, stderr } = spawnSync(path.join(root, "bin/setup"), {
      cwd: root,
      encoding: "utf8",
    });

    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    expect(state()).toEqual(before);
  });

  test("it works with standard input closed", () => {
    const { status, stderr } = spawnSync("bash", ["-c", "exec 0<&-; bin/setup"], {
      cwd: root,
      encoding: "utf8",
    });

    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  function state(): string[] {
    const images = ["handback-base:local", "handback-sandbox:local"];
    const ids = execFileSync("docker", ["image", "inspect", "--format", "{{.Id}}", ...images], {
      encoding: "utf8",
    });
    return [ids, readFileSync(path.join(root, "node_modules/.handback-lock"), "utf8")];
  }
});

test("bin/node names the mend where there is no Node 24", () => {
  const machine = new FreshMachine({ has: ["npm"] });
  machine.stub("node", "echo v20.20.2");

  expect(machine.run("bin/node", ["--version"])).toEqual({
    exitCode: 1,
    said: "bin/node: Node 24 or newer is not here yet: run bin/setup.\n",
  });
  machine.stub("node", "echo v24.0.0");
  expect(machine.run("bin/node", ["--version"])).toEqual({ exitCode: 0, said: "v24.0.0\n" });
});

describe("images", () => {
  test("without a registry the base is made from Debian's packages, and the sandbox on it", async () => {
    const machine = new FreshMachine();
    machine.add("apt-get");

    const { exitCode, said } = await machine.setup();

    expect(said).toContain("cannot be pulled here; making it from Debian's packages");
    expect(exitCode).toBe(0);
    expect(machine.calls().map(firstWords)).toEqual([
      "docker pull",
      "apt-get update",
      "apt-get install",
      "npm install",
      "npm pack",
      "mmdebstrap --quiet",
      "docker import",
      "docker build",
    ]);
    expect((await machine.setup()).said).toBe("");
  });

  test("with a registry its Node image becomes the base, and no package is asked for", async () => {
    const machine = new FreshMachine();
    machine.add("registry");

    expect((await machine.setup()).exitCode).toBe(0);

    const calls = machine.calls();
    expect(calls.map(firstWords)).toEqual(["docker pull", "docker build", "docker build"]);
    expect(calls[1]).toContain("--build-arg NODE_IMAGE=node:24-bookworm-slim");
    expect(calls[2]).toContain("--build-arg BASE=handback-base:local sandbox");
  });

  test("a change of the recipe makes the sandbox image anew and leaves the base", async () => {
    const machine = new FreshMachine();
    machine.add("registry");
    await machine.setup();
    machine.calls();

    machine.write("sandbox/gitconfig", "# another\n");
    await machine.setup();

    const calls = machine.calls();
    expect(calls.map(firstWords)).toEqual(["docker build", "docker image"]);
    expect(calls[0]).toContain("--tag handback-sandbox:local");
    // Only the image whose name was taken over goes.
    expect(calls[1]).toBe("docker image rm sha256:of-handback-sandbox:local");
  });

  test("a build that fails says the engine's own reason and where the rest is", async () => {
    const machine = new FreshMachine();
    machine.add("registry");
    machine.remember("build-error", "Step 1/2\nwrite /x: no space left on device\n");

    const { exitCode, said } = await machine.setup();

    expect(exitCode).toBe(1);
    expect(said.trim().split("\n").at(-1)).toBe(
      "setup: The base image could not be built from node:24-bookworm-slim (write /x: no space left on device); " +
        "see that the disk has room, then run bin/setup again. All it said is in .build/setup.log.",
    );
  });
});

describe("Debian packages", () => {
  test("as root what is missing is installed, and only that", async () => {
    const machine = new FreshMachine({
      has: ["node", "npm", "docker", "engine", "modules", "registry", "apt-get"],
    });

    expect((await machine.setup()).exitCode).toBe(0);

    const installed = machine.calls().filter((call) => call.startsWith("apt-get install"));
    expect(installed).toHaveLength(1);
    expect(installed[0]).toMatch(/ git redis-server$/);
  });

  test("anybody else is told the exact command", async () => {
    const machine = new FreshMachine({ has: ["node", "npm", "git", "modules", "apt-get"], user: "ada" });

    expect(await machine.setup()).toEqual({
      exitCode: 1,
      said:
        "setup: redis-server and docker.io are missing on this machine: run 'sudo apt-get update && sudo apt-get install -y " +
        "--no-install-recommends redis-server docker.io', then run bin/setup again.\n",
    });
    expect(machine.calls()).toEqual([]);
  });

  test("on a system without apt the command is that system's", async () => {
    const machine = new FreshMachine({ has: ["node", "npm", "git", "docker", "engine", "modules", "dnf"] });

    expect((await machine.setup()).said).toBe(
      "setup: redis-server is missing on this machine: run 'sudo dnf install -y redis', then run bin/setup again.\n",
    );
  });

  test("apt-get's own reason is in the sentence when it fails", async () => {
    const machine = new FreshMachine({
      has: ["node", "npm", "git", "docker", "engine", "modules", "apt-get"],
    });
    machine.remember("apt-error", "E: Unable to locate package redis-server\n");

    const { exitCode, said } = await machine.setup();

    expect(exitCode).toBe(1);
    expect(said).toContain(
      "apt-get could not install redis-server (E: Unable to locate package redis-server); see that",
    );
  });
});

describe("the Docker engine", () => {
  test("an engine that refuses this user is told from one that does not run", async () => {
    const machine = new FreshMachine({
      has: ["node", "npm", "git", "redis-server", "docker", "modules"],
      user: "ada",
    });
    machine.remember(
      "engine-error",
      "Got permission denied while trying to connect to the Docker daemon socket\n",
    );
    expect((await machine.setup()).said).toContain("run 'sudo usermod -aG docker ada', log in again");

    machine.remember("engine-error", "Cannot connect to the Docker daemon\n");
    expect((await machine.setup()).said).toContain("The Docker engine does not run: run 'sudo ");
  });

  test("an engine named by DOCKER_HOST that does not answer is named", async () => {
    const machine = new FreshMachine({ has: ["node", "npm", "git", "redis-server", "docker", "modules"] });

    const { said } = await machine.setup([], { DOCKER_HOST: "tcp://127.0.0.1:1" });

    expect(said).toContain("No Docker engine answers at DOCKER_HOST=tcp://127.0.0.1:1");
  });

  test("root starts an engine, which does not hold the lock of the setup that started it", async () => {
    const machine = new FreshMachine({
      has: ["node", "npm", "git", "redis-server", "docker", "modules", "registry"],
    });
    machine.stub("dockerd", 'echo > "$state/engine"; exec sleep 3');

    expect(await machine.setup()).toMatchObject({ exitCode: 0 });
    machine.write("sandbox/gitconfig", "# another\n");

    expect((await machine.setup()).said).not.toContain("another bin/setup is at work");
  });
});

describe("Node and the npm packages", () => {
  const withoutModules = ["node", "npm", "git", "redis-server", "docker", "engine", "registry"];

  test("packages that somebody installed by hand are not installed again", async () => {
    const machine = new FreshMachine();

    expect(await machine.setup(["--tools"])).toEqual({ exitCode: 0, said: "" });
    expect(machine.calls()).toEqual([]);

    machine.write("package-lock.json", packageLock("2.0.0"));
    await machine.setup(["--tools"]);
    expect(machine.calls().map(firstWords)).toEqual(["npm ci"]);
  });

  test("a failed installation is one sentence, and the next run repairs it", async () => {
    const machine = new FreshMachine({ has: withoutModules });
    machine.remember(
      "npm-error",
      "npm error code ECONNREFUSED\nnpm error A complete log of this run can be found in: /x\n",
    );

    const failed = await machine.setup(["--tools"]);
    expect(failed.exitCode).toBe(1);
    expect(failed.said).toContain(
      "npm could not install the packages (npm error code ECONNREFUSED); see that npm reaches",
    );
    expect(machine.exists("node_modules/.handback-lock")).toBe(false);

    machine.stub("npm", "cp package-lock.json node_modules/.package-lock.json");
    expect(await machine.setup(["--tools"])).toMatchObject({ exitCode: 0 });
  });

  test("two setups at once install once", async () => {
    const machine = new FreshMachine({ has: withoutModules });

    const both = await Promise.all([machine.setup(["--tools"]), machine.setup(["--tools"])]);

    expect(both.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(machine.calls().map(firstWords)).toEqual(["npm ci"]);
  });

  test("an older Node stays where it is and a newer one is brought, whole or not at all", async () => {
    const machine = new FreshMachine({ has: ["npm", "git"] });
    machine.stub("node", "echo v20.20.2");
    machine.remember("npm-error", "npm error network\n");
    expect((await machine.setup(["--tools"])).said).toContain("npm could not fetch Node 24");
    expect(machine.exists(".toolchain")).toBe(false);

    machine.add("npm");
    machine.remember("npm-error", "");
    machine.stub("npm", npmThatWorks);
    const { exitCode, said } = await machine.setup(["--tools"]);

    expect(said).toContain("Node 24 into .toolchain (this machine has v20.20.2)");
    expect(exitCode).toBe(0);
    expect(await machine.setup(["--tools"])).toEqual({ exitCode: 0, said: "" });
  });

  const npmThatWorks = `
case "$1" in
  ci) mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json ;;
  install) at=$3/node_modules/\${!#}; at=\${at%@*}/bin; mkdir -p "$at"; ln -s ${process.execPath} "$at/node" ;;
esac`;
});

test("an option that it does not know is refused", async () => {
  const { exitCode, said } = await new FreshMachine().setup(["--all"]);

  expect(exitCode).toBe(1);
  expect(said).toBe("setup: bin/setup knows no option '--all': run bin/setup, or bin/setup --tools.\n");
});

function firstWords(call: string): string {
  return call.split(" ").slice(0, 2).join(" ");
}
