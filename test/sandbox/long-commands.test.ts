import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { runAgent } from "../../src/agent/agent.ts";
import { bashTool } from "../../src/agent/tools/bash.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { agentSurroundings } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  sample = sampleRepository();
  sandbox = await startSandbox(sample, {
    limits: { memoryMb: 512, cpus: 2, pids: 256, diskMb: 1024, minutes: 5 },
  });
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

function agentsBash(): (input: object) => Promise<string> {
  const bash = bashTool(sandbox);
  onTestFinished(() => bash.close?.());
  const { signal } = new AbortController();
  return async (input) => (await bash.run(bash.input.parse(input), { signal })).text;
}

function jobIn(text: string): number {
  return Number(/^still running as job (\d+) /.exec(text)?.[1]);
}

describe("a command that never stops printing", () => {
  test("goes on in the background while others run, is cut in its file, and ends with all its children", async () => {
    const bash = agentsBash();
    const begun = await bash({
      command: "yes 'a line of thirty-two characters.' | tee /dev/null",
      wait_seconds: 1,
    });
    expect(begun).toMatch(/^still running as job \d+ after \d+ s: its output grows, \d{4,} bytes\na line/);
    const job = jobIn(begun);
    for (let n = 0; n < 5; n += 1) expect(await bash({ command: `echo ${n}` })).toBe(`exit code 0\n${n}`);
    const later = await bash({ job, wait_seconds: 1 });
    expect(Buffer.byteLength(later)).toBeLessThan(5_000);
    const ended = await bash({ job, stop: true });
    expect(ended).toMatch(/^killed: stopped after \d+ s\na line/);
    expect(await bash({ command: "pgrep -xc yes" })).toBe("exit code 1\n0");
  });

  test("leaves the files of later commands room, however many of its kind run", async () => {
    const numbers = await Promise.all(Array.from({ length: 3 }, () => sandbox.start("yes")));
    await sandbox.exec("sleep 3");
    const small = await sandbox.exec("seq 1 100000");
    expect(await sandbox.exec(`wc -c < ${small.outputPath}`)).toMatchObject({ preview: "588895\n" });
    const kept = await sandbox.exec("cat /tmp/handback/*.log | wc -c");
    expect(Number(kept.preview)).toBeLessThan(120 * 1024 * 1024);
    for (const number of numbers) {
      expect(await sandbox.stop(number)).toMatchObject({ reason: "stopped" });
    }
    // What ended gives its room back to what comes.
    const big = await sandbox.exec("head -c 50000000 /dev/zero | tr '\\0' x");
    expect(await sandbox.exec(`wc -c < ${big.outputPath}`)).toMatchObject({ preview: "50000000\n" });
  });
});

describe("a build that takes its time", () => {
  test("shows what it printed so far, also what Python would hold back, then its end", async () => {
    const bash = agentsBash();
    const waits =
      "import os, time\nprint('compiling')\nwhile not os.path.exists('/tmp/go'): time.sleep(0.05)\nprint('done')";
    const begun = await bash({ command: `python3 -c "${waits}"; exit 3`, wait_seconds: 0 });
    const job = jobIn(begun);
    let shown = begun;
    while (!shown.includes("compiling")) shown = await bash({ job, wait_seconds: 0.5 });
    expect(shown).toMatch(/^still running as job \d+ after \d+ s: [^\n]*\ncompiling$/);
    await sandbox.exec("touch /tmp/go");
    expect(await bash({ job })).toBe("exit code 3\ncompiling\ndone");
  });

  test("that ended in the meantime is told of with the next command", async () => {
    const bash = agentsBash();
    const job = jobIn(await bash({ command: "sleep 0.4; echo built; exit 2", wait_seconds: 0 }));
    expect(await bash({ command: "sleep 0.8; echo next" })).toBe("exit code 0\nnext");
    expect(await bash({ command: "echo more" })).toMatch(
      new RegExp(
        `^exit code 0\\n\\[job ${job} has ended: exit code 2; its output: \\S+\\.log, 6 bytes; .*\\]\\nmore$`,
      ),
    );
  });

  test("is killed with those that left its session when it is stopped", async () => {
    const number = await sandbox.start("setsid bash -c 'setsid sleep 78.125 & sleep 78.125' & sleep 78.125");
    await sandbox.wait(number, { timeoutMs: 400 });
    await sandbox.stop(number);
    expect((await sandbox.exec("pgrep -fc 'sleep 78[.]125'")).preview).toBe("0\n");
  });
});

describe("jobs of an agent", () => {
  test("are eight at most", async () => {
    const bash = agentsBash();
    for (let n = 0; n < 8; n += 1) await bash({ command: "sleep 79.125", wait_seconds: 0 });
    expect(await bash({ command: "echo ninth" })).toMatch(/^Not run: jobs .*\(sleep 79\.125\) are running\./);
  });

  test("are stopped when it finishes", async () => {
    const model = new InMemoryModel([
      reply(call("bash", { command: "setsid sleep 80.125 & sleep 80.125", wait_seconds: 0 })),
      reply(call("finish", {})),
    ]);
    const outcome = await runAgent({
      ...agentSurroundings(),
      model,
      role: "coder",
      system: "",
      prompt: "go",
      tools: [bashTool(sandbox)],
      finish: { description: "", input: z.object({}), accept: () => ({ result: "done" }) },
    });
    expect(outcome).toMatchObject({ kind: "finished", turns: 2 });
    expect((await sandbox.exec("pgrep -fc 'sleep 80[.]125'")).preview).toBe("0\n");
  });

  test("end with the sandbox, and waiting for them says why", async () => {
    const other = await startSandbox(sample);
    const number = await other.start("sleep 60");
    const waiting = other.wait(number, { timeoutMs: 60_000 });
    waiting.catch(() => undefined);
    await other[Symbol.asyncDispose]();
    await expect(waiting).rejects.toMatchObject({ code: "sandbox.disposed" });
  });
});
