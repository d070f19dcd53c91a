import { expect, test } from "vitest";
import { sampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

const limits = { memoryMb: 128, cpus: 1, pids: 64, diskMb: 128, minutes: 2 };

test(
  "a fork bomb is refused processes, and taking the work out says that they are the lack",
  { timeout: 60_000 },
  async () => {
    using sample = sampleRepository();
    await using sandbox = await startSandbox(sample, { limits });
    const bomb =
      "perl -e 'while (1) { my $p = fork; defined $p or die \"refused: $!\\n\"; $p or sleep 1000 }'";
    const forked = await sandbox.exec(`${bomb}; true`, { timeoutMs: 10_000 });
    expect(forked.preview).toContain("refused: Resource temporarily unavailable");
    await expect(sandbox.inspectWork(sample.commit)).rejects.toMatchObject({
      code: "sandbox.no_processes",
      mend: expect.stringContaining("sandbox.pids"),
    });
  },
);

test(
  "a command that takes all memory ends with that reason, and the sandbox goes on",
  { timeout: 60_000 },
  async () => {
    using sample = sampleRepository();
    await using sandbox = await startSandbox(sample, { limits });
    const hungry = "python3 -c 'x = []\nwhile True: x.append(bytearray(10_000_000))'";
    expect(await sandbox.exec(hungry, { timeoutMs: 30_000 })).toMatchObject({
      exitCode: null,
      reason: "out_of_memory",
    });
    expect((await sandbox.exec("echo well")).preview).toBe("well\n");
  },
);

test("a full disk is told as such, and harms nobody else", { timeout: 60_000 }, async () => {
  using sample = sampleRepository();
  await using sandbox = await startSandbox(sample, { limits });
  const filled = await sandbox.exec("head -c 500000000 /dev/zero > full.bin; ls -l full.bin | cut -d' ' -f5");
  expect(filled.preview).toContain("No space left on device");
  await expect(sandbox.writeFile("x.txt", "x".repeat(100_000))).rejects.toMatchObject({
    code: "file.no_space",
  });
  await sandbox.exec("rm full.bin");
  await sandbox.writeFile("x.txt", "x");
});

/** Each file is empty; what ends it is what it costs the kernel to know of it. */
const files = `python3 -c "
import os
os.mkdir('/workspace/m')
for n in range(10**7):
  try: os.mknod(f'/workspace/m/{n}')
  except OSError as error: print(error, 'after', n); break"`;

test(
  "inodes end at the number of the file system, where the sandbox has memory for so many",
  { timeout: 120_000 },
  async () => {
    using sample = sampleRepository();
    await using sandbox = await startSandbox(sample, { limits: { ...limits, memoryMb: 512, diskMb: 256 } });
    const many = await sandbox.exec(files, { timeoutMs: 100_000 });
    expect(many).toMatchObject({ exitCode: 0, reason: "exited" });
    expect(many.preview).toMatch(/^\[Errno 28\] No space left on device after 499\d{3}\n$/);
    expect((await sandbox.exec("rm -r m && touch n && echo well")).preview).toBe("well\n");
  },
);

test(
  "inodes end with the memory, where the sandbox has less than so many take",
  { timeout: 120_000 },
  async () => {
    using sample = sampleRepository();
    await using sandbox = await startSandbox(sample, { limits });
    const many = await sandbox.exec(files, { timeoutMs: 100_000 });
    expect(many).toMatchObject({ exitCode: null, reason: "out_of_memory" });
    expect((await sandbox.exec("echo well")).preview).toBe("well\n");
  },
);

test("a sandbox whose time is over is killed, and says so", { timeout: 60_000 }, async () => {
  using sample = sampleRepository();
  await using sandbox = await startSandbox(sample, { limits: { ...limits, minutes: 0.2 } });
  await expect(sandbox.exec("trap '' TERM INT; while true; do sleep 1; done")).rejects.toMatchObject({
    code: "sandbox.time_over",
  });
});
