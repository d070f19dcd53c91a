import { expect, onTestFinished, test } from "vitest";
import { writeCode } from "../../src/roles/coder/coder.ts";
import { treeFingerprint } from "../../src/roles/coder/tree-fingerprint.ts";
import { agentSurroundings, aTask } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

async function start() {
  const sandbox = await LocalDirectorySandbox.create({ "a.js": "1\n", ".gitignore": "build/\n" });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  return sandbox;
}

test("the fingerprint of a tree changes with each change of a file and each commit, and with nothing else", async () => {
  const sandbox = await start();
  const fingerprint = treeFingerprint(sandbox);
  const seen = [await fingerprint()];
  for (const command of [
    "echo 22 > a.js",
    "echo 33 > a.js",
    "echo new > b.js",
    "echo more >> b.js",
    "git add -A && git commit -qm 'Say more'",
    "rm a.js",
  ]) {
    await sandbox.exec(command);
    seen.push(await fingerprint());
  }
  expect(new Set(seen).size).toBe(7);
  await sandbox.exec("cat b.js; git log; mkdir build; echo x > build/out.js; echo y > /dev/null");
  expect(await fingerprint()).toBe(seen.at(-1));
});

test("where git cannot say, something may have changed", async () => {
  const sandbox = await start();
  await sandbox.exec("mv .git gone");
  const fingerprint = treeFingerprint(sandbox);
  expect(await fingerprint()).not.toBe(await fingerprint());
});

test("a coder that only looks around is told so after twenty-five turns, and ended after fifty", async () => {
  const sandbox = await start();
  const looks = Array.from({ length: 80 }, (_, n) => reply(call("bash", { command: `echo ${n}` })));
  const { turns, ...surroundings } = agentSurroundings();
  const outcome = await writeCode({
    ...surroundings,
    model: new InMemoryModel(looks),
    sandbox,
    base: "HEAD",
    task: aTask(),
    plan: null,
    feedback: null,
  });
  expect(outcome).toMatchObject({ kind: "gave_up", reason: "stuck", turns: 56 });
  expect(turns.flatMap(({ index, told }) => (told === undefined ? [] : [index + 1]))).toEqual([31]);
});
