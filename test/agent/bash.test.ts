import fc from "fast-check";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Tool } from "../../src/agent/tool.ts";
import { readBashOutput } from "../../src/agent/tools/bash-output.ts";
import { bashTool } from "../../src/agent/tools/bash.ts";
import { askedForInput } from "../../src/agent/tools/asked-for-input.ts";
import { ranCommands } from "../../src/agent/tools/ran-commands.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

async function start(files: Record<string, string> = {}) {
  const sandbox = await LocalDirectorySandbox.create(files);
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  return sandbox;
}

const signal = new AbortController().signal;

function use(tool: Tool, input: unknown, options = { signal }) {
  return tool.run(tool.input.parse(input), options);
}

/** The number in the result of a call whose command still runs. */
function jobIn({ text }: { text: string }): number {
  return Number(/^still running as job (\d+) /.exec(text)?.[1]);
}

describe("a command that ends in time", () => {
  test("shows the exit code and both outputs", async () => {
    const bash = bashTool(await start());
    expect(await use(bash, { command: "echo out; echo err >&2; exit 3" })).toEqual({
      text: expect.stringMatching(/^exit code 3\n(out\nerr|err\nout)$/),
      isError: false,
    });
    expect(await use(bash, { command: "true" })).toEqual({
      text: "exit code 0\n(no output)",
      isError: false,
    });
  });

  test("names the file with the whole of a long output, where it can be read", async () => {
    const bash = bashTool(await start());
    const { text } = await use(bash, { command: "seq 1 5000" });
    expect(text.length).toBeLessThan(5_000);
    const path = /(\/\S*output\S*)/.exec(text)?.[1] ?? "";
    expect((await use(bash, { command: `sed -n 2500p ${path}` })).text).toBe("exit code 0\n2500");
  });

  test("ends with the signal's reason at an abort, and nothing of it goes on", async () => {
    const sandbox = await start();
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped")), 100);
    const run = use(bashTool(sandbox), { command: "sleep 63.5" }, { signal: stop.signal });
    await expect(run).rejects.toThrow("stopped");
    expect((await sandbox.exec("pgrep -fc 'sleep 63[.]5'")).preview).toBe("0\n");
  });

  test.each([
    { command: "" },
    { command: "x", wait_seconds: 601 },
    {},
    { command: "x", job: 1 },
    { command: "x", stop: true },
  ])("refuses %j", async (input) => {
    expect(bashTool(await start()).input.safeParse(input).success).toBe(false);
  });

  test("tells how it ended so that it can be read back, whatever it printed", async () => {
    const bash = bashTool(await start());
    const { text } = await use(bash, { command: "printf 'exit code 0\\nkilled: no\\n'; exit 9" });
    expect(readBashOutput(text)).toEqual({ exitCode: 9, output: "exit code 0\nkilled: no" });
    expect(readBashOutput("Not run, the input is not valid")).toBeNull();
  });
});

describe("a command that takes longer", () => {
  test("is shown as far as it is, waited for, and shows only what is new until it ends", async () => {
    const sandbox = await start();
    const bash = bashTool(sandbox);
    const first = await use(bash, {
      command: "seq 1 200; until test -e go; do sleep 0.05; done; echo last; sleep 30 & wait",
      wait_seconds: 0.5,
    });
    expect(first).toEqual({
      text: expect.stringMatching(
        /^still running as job \d+ after \d+ s: its output grows, 692 bytes\n1\n2\n/,
      ),
      isError: false,
    });
    const job = jobIn(first);
    const same = await use(bash, { job, wait_seconds: 0.1 });
    expect(same.text).toMatch(/^still running .*\n\(nothing new so far\)/);
    expect(readBashOutput(same.text)).toBeNull();
    await sandbox.exec("touch go");
    const grown = await use(bash, { job, wait_seconds: 0.5 });
    expect(grown.text).toMatch(/^still running [^\n]*\n\[… as before …\]\nlast\n/);
    expect(await use(bash, { job, stop: true })).toEqual({
      text: expect.stringMatching(/^killed: stopped after \d+ s\n1\n2\n[^]*\n200\nlast$/),
      isError: false,
    });
  });

  test("lets others run, and its end is told once with the next of them", async () => {
    const sandbox = await start();
    const bash = bashTool(sandbox);
    const job = jobIn(
      await use(bash, {
        command: "until test -e go; do sleep 0.02; done; echo built; exit 5",
        wait_seconds: 0,
      }),
    );
    expect((await use(bash, { command: "echo other" })).text).toBe("exit code 0\nother");
    await sandbox.exec("touch go; sleep 0.5");
    const { text } = await use(bash, { command: "echo next" });
    expect(text).toMatch(
      new RegExp(
        `^exit code 0\\n\\[job ${job} has ended: exit code 5; its output: /\\S+, 6 bytes; until .*\\]\\nnext$`,
      ),
    );
    expect(readBashOutput(text)).toEqual({ exitCode: 0, output: "next" });
    expect((await use(bash, { command: "echo after" })).text).toBe("exit code 0\nafter");
    expect(await use(bash, { job })).toEqual({
      text: expect.stringContaining(`job ${job} has ended: exit code 5`),
      isError: true,
    });
  });

  test("that was never begun is refused with those which run", async () => {
    const bash = bashTool(await start());
    expect(await use(bash, { job: 77 })).toEqual({
      text: "There is no job 77: no job is running.",
      isError: true,
    });
    const job = jobIn(await use(bash, { command: "sleep 60", wait_seconds: 0 }));
    expect((await use(bash, { job: 77, stop: true })).text).toBe(
      `There is no job 77: job ${job} (sleep 60) is running.`,
    );
  });

  test("is refused as the ninth, until one of the eight is stopped", async () => {
    const bash = bashTool(await start());
    const jobs: number[] = [];
    for (let n = 0; n < 8; n += 1)
      jobs.push(jobIn(await use(bash, { command: "sleep 60", wait_seconds: 0 })));
    expect(new Set(jobs).size).toBe(8);
    const ninth = await use(bash, { command: "echo ninth" });
    expect(ninth).toEqual({ text: expect.stringMatching(/^Not run: jobs .* are running\./), isError: true });
    await use(bash, { job: jobs[3], stop: true });
    expect((await use(bash, { command: "echo ninth" })).text).toBe("exit code 0\nninth");
  });

  test("is stopped when the tool is closed", async () => {
    const sandbox = await start();
    const bash = bashTool(sandbox);
    await use(bash, { command: "sleep 64.5", wait_seconds: 0 });
    await use(bash, { command: "sleep 64.5", wait_seconds: 0 });
    await bash.close?.();
    expect((await sandbox.exec("pgrep -fc 'sleep 64[.]5'")).preview).toBe("0\n");
  });
});

describe("the commands that ran, for evidence", () => {
  const calls = (...made: [unknown, string][]) =>
    made.map(([input, output]) => ({ tool: "bash", input, output, isError: false, ms: 1 }));

  test("are those that ended, one that became a job with the end it was waited for", () => {
    const ran = ranCommands(
      calls(
        [
          { command: "npm test" },
          "still running as job 3 after 120 s: its output grows, 5 bytes\nexit code 0",
        ],
        [{ command: "ls" }, "exit code 0\n[job 2 has ended: exit code 1; x]\na"],
        [{ job: 3 }, "still running as job 3 after 240 s: its output grows, 9 bytes\nx"],
        [{ job: 3 }, "exit code 1\nfailed"],
        [{ job: 9 }, "exit code 0\nof nobody"],
      ),
    );
    expect(ran).toEqual([
      { command: "ls", exitCode: 0, output: "a" },
      { command: "npm test", exitCode: 1, output: "failed" },
    ]);
  });
});

describe("an end for want of input", () => {
  test.each([
    ["name? ", 0],
    ["Continue [Y/n] ", 0],
    ["package name: (workspace) ", 1],
    ["password:", 1],
    ['Traceback\n  File "<string>"\nEOFError: EOF when reading a line\n', 1],
    ["bash: line 1: /dev/tty: No such device or address\n", 1],
    ["fatal: could not read Username for 'https://x': terminal prompts disabled\n", 128],
    ["Do you want to continue? [Y/n] Abort.\n", 1],
    ["Password: su: Authentication failure\n", 1],
    ["error: Terminal is dumb, but EDITOR unset\n", 1],
  ])("is seen in %j", (output, exitCode) => {
    expect(askedForInput({ exitCode, output })).not.toBeNull();
  });

  test.each([
    ["what is this?\n", 1],
    ["error: expected [y/n]\n", 1],
    ["a: b\n", 0],
    ["count:", 0],
    ["<p>", 0],
    ["", 1],
  ])("is not seen in %j", (output, exitCode) => {
    expect(askedForInput({ exitCode, output })).toBeNull();
  });

  test("is one line of at most 160 characters, whatever was printed", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 400 }),
        fc.constantFrom("", "? ", "\nEOFError"),
        (text, end) => {
          const asked = askedForInput({ exitCode: 1, output: text + end }) ?? "";
          expect(asked.length).toBeLessThanOrEqual(160);
          expect(asked).not.toContain("\n");
        },
      ),
    );
  });
});
