import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { dockerSandboxes, sandboxImage, sandboxSpec, startSandbox } from "../support/start-sandbox.ts";

const run = promisify(execFile);

describe("an image that a repository names", { timeout: 120_000 }, () => {
  let sample: SampleRepository;
  beforeAll(() => void (sample = sampleRepository()));
  afterAll(() => sample[Symbol.dispose]());

  test("gains nothing by its user, entry point, health check, or files with another user's rights", async () => {
    const image = await imageWith({
      command: "cp /usr/bin/env /usr/bin/rootly; chmod 4755 /usr/bin/rootly",
      changes: [
        "USER 0:0",
        'ENTRYPOINT ["/bin/sh", "-c", "touch /tmp/entered"]',
        "HEALTHCHECK --interval=1s CMD touch /tmp/checked",
      ],
    });
    await using sandbox = await startSandbox(sample, { image });
    const { preview } = await sandbox.exec(
      "stat -c %a /usr/bin/rootly; rootly id -u; sleep 2; ls /tmp/entered /tmp/checked 2>&1",
    );
    expect(preview.split("\n").slice(0, 2)).toEqual(["4755", "10001"]);
    expect(preview.match(/No such file/g)).toHaveLength(2);
  });

  test("with a volume, which would be the host's disk without a bound, is refused", async () => {
    const image = await imageWith({ command: "true", changes: ["VOLUME /var/big"] });
    await expect(dockerSandboxes(sample).start(sandboxSpec(sample, { image }))).rejects.toMatchObject({
      code: "sandbox.image_unbounded",
      mend: expect.stringContaining("without VOLUME"),
    });
  });

  test("is never fetched: one that is not on the machine is refused", async () => {
    const start = dockerSandboxes(sample).start(sandboxSpec(sample, { image: "registry.evil.example/x:1" }));
    await expect(start).rejects.toMatchObject({ code: "sandbox.image_missing" });
  });

  test("or a good one: no socket of Docker's, no device, no way to make one", async () => {
    await using sandbox = await startSandbox(sample);
    const { preview } = await sandbox.exec(
      "find / -xdev -name 'docker.sock' 2>/dev/null; find /dev -type b; find /dev -maxdepth 1 -type c -printf '%f ' ; echo; mknod /tmp/sda b 8 0 2>&1; unshare -Ur true 2>&1; mount -t tmpfs x /tmp 2>&1 | head -1",
    );
    const [devices, ...refusals] = preview.trim().split("\n");
    expect(devices?.trim().split(" ").toSorted()).toEqual([
      "full",
      "null",
      "random",
      "tty",
      "urandom",
      "zero",
    ]);
    expect(refusals.join("\n")).toMatch(
      /mknod: .*not permitted\nunshare: .*not permitted\nmount: .*(?:permission denied|must be superuser)/i,
    );
  });
});

/** The sandbox image, changed by root and described anew; gone after the test. */
async function imageWith(options: { command: string; changes: readonly string[] }): Promise<string> {
  const name = `hb-hostile-${crypto.randomUUID().slice(0, 8)}`;
  await run("docker", [
    "run",
    "--name",
    name,
    "--network",
    "none",
    "--user",
    "0:0",
    "--entrypoint",
    "sh",
    sandboxImage,
    "-c",
    options.command,
  ]);
  onTestFinished(async () => void (await run("docker", ["image", "rm", "--force", name])));
  onTestFinished(async () => void (await run("docker", ["rm", "--force", name])));
  await run("docker", ["commit", ...options.changes.flatMap((change) => ["--change", change]), name, name]);
  return name;
}
