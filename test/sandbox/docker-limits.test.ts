import { afterAll, beforeAll, expect, test } from "vitest";
import { containerOptions } from "../../src/sandbox/docker-limits.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  sample = sampleRepository();
  sandbox = await startSandbox(sample, {
    limits: { memoryMb: 128, cpus: 2, pids: 64, diskMb: 64, minutes: 5 },
  });
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

test("a command that takes too much memory is killed for that reason, and the sandbox goes on", async () => {
  const result = await sandbox.exec("python3 -c 'x = bytearray(400 * 1024 * 1024)'", { timeoutMs: 20_000 });
  expect(result).toMatchObject({ exitCode: null, reason: "out_of_memory" });
  expect((await sandbox.exec("echo well")).preview).toBe("well\n");
});

test("a child killed for memory is the reason also when the shell outlives it", async () => {
  const result = await sandbox.exec("echo before; python3 -c 'x = bytearray(400 * 1024 * 1024)'; exit $?", {
    timeoutMs: 20_000,
  });
  expect(result).toMatchObject({ exitCode: null, reason: "out_of_memory" });
});

test("a fork bomb runs into the limit, is killed by its timeout, and the sandbox goes on", async () => {
  const result = await sandbox.exec("bomb() { bomb | bomb & }; bomb; sleep 20", { timeoutMs: 1500 });
  expect(result.exitCode).not.toBe(0);
  expect((await sandbox.exec("for i in 1 2 3; do /bin/echo well; done")).preview).toBe("well\nwell\nwell\n");
});

test("a full disk is said to the command and to the file tool", async () => {
  const result = await sandbox.exec("head -c 100000000 /dev/zero > big");
  expect(result.preview).toContain("No space left on device");
  await expect(sandbox.writeFile("more", Buffer.alloc(1_000_000))).rejects.toMatchObject({
    code: "file.no_space",
  });
  await sandbox.exec("rm big");
});

test("nothing is reachable but allowed names through the proxy", async () => {
  const { preview } = await sandbox.exec(
    [
      "curl -sS -m 4 --noproxy '*' https://1.1.1.1 2>&1 | head -1",
      "curl -sS -m 4 --noproxy '*' https://registry.npmjs.org 2>&1 | head -1",
      "for url in https://evil.example http://169.254.169.254/ https://registry.npmjs.org:9999 https://127.0.0.1:443; do",
      '  curl -sS -m 4 --noproxy x -o /dev/null -w "%{http_code}%{http_connect}\\n" $url 2>/dev/null; done',
      "ls /sys/class/net; getent hosts registry.npmjs.org || echo no names",
    ].join("\n"),
  );
  expect(preview).toMatch(/Couldn't connect|Could not connect|unreachable/i);
  expect(preview).toMatch(/Could not resolve host/);
  expect(preview.split("\n").slice(2)).toEqual([
    "000403",
    "403000",
    "000403",
    "000403",
    "lo",
    "no names",
    "",
  ]);
  expect(sandbox.requests()).toContainEqual(
    expect.objectContaining({ host: "evil.example", port: 443, refusedBy: "host" }),
  );
});

test("a package comes from the registry", async () => {
  const { preview } = await sandbox.exec("cd /tmp && npm view is-number@7.0.0 version", {
    timeoutMs: 25_000,
  });
  expect(preview.trim()).toBe("7.0.0");
  expect(sandbox.requests()).toContainEqual(
    expect.objectContaining({ host: "registry.npmjs.org", port: 443, refusedBy: null, method: "GET" }),
  );
});

test("there is no way to more rights", async () => {
  const { preview } = await sandbox.exec(
    [
      "id -u; grep -E '^(CapEff|CapBnd|NoNewPrivs|Seccomp):' /proc/self/status | tr -s '\\t ' ' '",
      "touch /opt/x 2>&1; touch /etc/x 2>&1; ls /var/run/docker.sock 2>&1",
      "ulimit -n; ulimit -c; find / -xdev -perm /6000 -type f 2>/dev/null | wc -l",
    ].join("; "),
  );
  expect(preview.split("\n")).toEqual([
    "10001",
    "CapEff: 0000000000000000",
    "CapBnd: 0000000000000000",
    "NoNewPrivs: 1",
    "Seccomp: 2",
    expect.stringContaining("Read-only file system"),
    expect.stringContaining("Read-only file system"),
    expect.stringContaining("No such file"),
    "4096",
    "0",
    "0",
    "",
  ]);
});

test("the options of a container do not change with what a run asks for, but in its limits", () => {
  const base = {
    name: "n",
    image: "i",
    labels: {},
    mirror: "/m",
    egressDirectory: "/e",
    firstProcessDirectory: "/f",
  };
  const small = containerOptions({
    ...base,
    limits: { memoryMb: 1, cpus: 1, pids: 1, diskMb: 1 },
  });
  const large = containerOptions({
    ...base,
    limits: { memoryMb: 9, cpus: 9, pids: 9, diskMb: 9 },
  });
  const limits = { Memory: 0, MemorySwap: 0, NanoCpus: 0, PidsLimit: 0, Tmpfs: {} };
  expect({ ...large.HostConfig, ...limits }).toEqual({ ...small.HostConfig, ...limits });
  expect(small.HostConfig).toMatchObject({
    NetworkMode: "none",
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges", expect.stringMatching(/^seccomp=\{/)],
    Privileged: false,
    ReadonlyRootfs: true,
  });
});
