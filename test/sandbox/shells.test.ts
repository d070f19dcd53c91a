import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  sample = sampleRepository();
  sandbox = await startSandbox(sample);
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

/** A shell that waits knows its environment already; for another one a new shell is started. */
const anew = { env: { HANDBACK_TEST: "1" } };

test.each([
  "echo $0 $# $- $BASH_SUBSHELL $SHLVL $LINENO; ls /proc/self/fd | wc -l",
  'echo "$BASH_EXECUTION_STRING"',
  "exit 3",
  "false",
  "set -e\nfalse\necho not reached",
  "set -u; echo $NOT_SET; echo not reached",
  "no-such-command --here",
  "echo before\nif then",
  "echo 'not closed",
  "cat <<'END'\n  $kept ü 🦉 `as` it \\\\ is\n\nEND\ntrue",
  "trap 'echo bye' EXIT; exit 4",
  "echo one\n\n\necho $LINENO; return 7; echo on",
  "read line || echo nothing to read",
  "cd /tmp && pwd; echo $OLDPWD; env | grep -c HANDBACK_COMMAND; echo ${#HANDBACK_COMMAND}",
  "  echo 'spaces  at both ends'  ",
  "kill -TERM $$; sleep 5",
  "exec echo replaced",
  "echo out; echo err >&2; (exit 5)",
  "sleep 0.2 & wait $!; echo $?",
  "echo $SECONDS",
  "",
])("a shell that waited does with %j what a new one does", async (command) => {
  const told = await sandbox.exec(command);
  const started = await sandbox.exec(command, anew);
  // bash names what it reads from: its argument, or what `eval` was given.
  const plain = ({ preview }: { preview: string }) => preview.replaceAll(/\/bin\/bash: (?:-c|eval): /g, "");
  expect([plain(told), told.exitCode, told.reason]).toEqual([
    plain(started),
    started.exitCode,
    started.reason,
  ]);
});

test("a command with a NUL is refused, and one that is long arrives whole", async () => {
  expect(await sandbox.exec("echo a\0b")).toMatchObject({ exitCode: null, reason: "killed" });
  const long = `echo '${"x".repeat(5_000)}' | wc -c`;
  expect((await sandbox.exec(long)).preview).toBe("5001\n");
});

test("a long command for whose file there is no room ends as a command, and not as a fault", async () => {
  await sandbox.exec("head -c 1000000000 /dev/zero > /tmp/full");
  const number = await sandbox.start(`echo ${"x".repeat(120_000)}`);
  const state = await sandbox.wait(number, { timeoutMs: 10_000 });
  await sandbox.exec("rm /tmp/full");
  expect(state).toMatchObject({ status: "ended", exitCode: null, reason: "killed" });
  expect(state.preview).toContain("no space left on device");
});

test("a waiting shell that was killed a moment ago is told no command, however often that happens", async () => {
  for (let round = 0; round < 150; round += 1) {
    await sandbox.exec("pkill -9 -f BASH_EXECUTION_STRING").catch(() => undefined);
    expect(await sandbox.exec("echo well")).toMatchObject({ preview: "well\n", exitCode: 0 });
  }
});

test("what ends the waiting shell, or takes its files away, does not harm the next command", async () => {
  const harms = [
    "pkill -9 -f BASH_EXECUTION_STRING",
    // Also after this command has ended, when the next shell waits.
    "(sleep 0.2; pkill -STOP -f BASH_EXECUTION_STRING) & sleep 0.05",
    "rm -rf /tmp/* /tmp/handback",
    "rm -rf /tmp/handback; ln -s /nowhere /tmp/handback",
    "rm -rf /tmp/handback; ln -s /mirror /tmp/handback",
    "rm -rf /tmp/handback; mkfifo /tmp/handback",
    "rm -rf /tmp/handback/.pipes; touch /tmp/handback/.pipes",
    "kill -9 -1",
  ];
  for (const harm of harms) {
    await sandbox.exec(harm).catch(() => undefined);
    if (harm.includes("&")) await setTimeout(400);
    const next = await sandbox.exec("echo well").catch((error: { code: string }) => error);
    if ("code" in next) expect([harm, next.code]).toEqual(["kill -9 -1", "sandbox.lost"]);
    else expect(next).toMatchObject({ preview: "well\n", exitCode: 0 });
  }
});
