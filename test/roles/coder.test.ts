import { expect, onTestFinished, test } from "vitest";
import { revise, writeCode } from "../../src/roles/coder/coder.ts";
import type { Finding } from "../../src/run/results.ts";
import { agentSurroundings, aTask } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

type Replies = ConstructorParameters<typeof InMemoryModel>[0];

async function setUp(replies: Replies) {
  const sandbox = await LocalDirectorySandbox.create({ "a.js": "1\n" });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const base = (await sandbox.exec("git rev-parse HEAD")).preview.trim();
  const model = new InMemoryModel(replies);
  const { turns, ...surroundings } = agentSurroundings();
  return { turns, model, options: { model, sandbox, base, task: aTask(), ...surroundings } };
}

const change = { outcome: "changed", title: "Say two.", summary: "It says two." };
const bash = (command: string) => reply(call("bash", { command }));
const finish = (input: object) => reply(call("finish", input));
const commit = "echo 2 > a.js && git commit -qam 'Say two'";

async function code(replies: Replies) {
  const { options, turns, model } = await setUp(replies);
  const outcome = await writeCode({ ...options, plan: null, feedback: null });
  return { outcome, turns, model };
}

test("committed work is accepted, with the title as a pull request has it", async () => {
  const { outcome } = await code([bash(commit), finish(change)]);
  expect(outcome).toMatchObject({
    kind: "finished",
    result: { kind: "changed", title: "Say two", unverified: [], answers: [] },
  });
});

test("saying that it is done without a commit is not accepted", async () => {
  const { outcome, turns } = await code([finish(change), bash(commit), finish(change)]);
  expect(turns[0]?.calls[0]).toMatchObject({
    isError: true,
    output: expect.stringContaining("nothing was committed"),
  });
  expect(outcome).toMatchObject({ kind: "finished", turns: 3 });
});

test("changes that are not committed are not accepted", async () => {
  const { turns } = await code([
    bash(`${commit}; touch left.txt`),
    finish(change),
    bash("rm left.txt"),
    finish(change),
  ]);
  expect(turns[1]?.calls[0]).toMatchObject({ isError: true, output: expect.stringContaining("git status") });
  expect(turns[3]?.calls[0]).toMatchObject({ isError: false });
});

test("insisting on work that is not there ends as nonsense, with the reason", async () => {
  const { outcome } = await code([finish(change), finish(change), finish(change)]);
  expect(outcome).toMatchObject({
    kind: "gave_up",
    reason: "nonsense",
    detail: expect.stringContaining("nothing was committed"),
  });
});

test("nothing to do is a result when it has a reason", async () => {
  const { outcome, turns } = await code([
    finish({ outcome: "nothing_to_do" }),
    finish({ outcome: "nothing_to_do", reason: "It says two already." }),
  ]);
  expect(turns[0]?.calls[0]?.isError).toBe(true);
  expect(outcome).toMatchObject({ result: { kind: "nothing_to_do", reason: "It says two already." } });
});

test("failed checks come with their output to the coder", async () => {
  const { options, model } = await setUp([bash(commit), finish(change)]);
  const check = {
    command: "npm test",
    exitCode: 1,
    reason: "exited",
    seconds: 1,
    tail: "1 !== 2 ```",
  } as const;
  await writeCode({
    ...options,
    plan: { summary: "Say two.", steps: ["Edit a.js"], risks: [] },
    feedback: { kind: "checks_failed", checks: [check] },
  });
  const first = JSON.stringify(model.requests[0]?.messages[0]);
  expect(first).toContain("`npm test` ends with exit code 1");
  expect(first).toContain("1 !== 2");
  expect(first).toContain("Edit a.js");
});

test("a refusal and a failed set-up are told in their own words", async () => {
  const refused = await setUp([bash(commit), finish(change)]);
  const reason = "File big.bin has 300 MB. Leave it out.";
  await writeCode({ ...refused.options, plan: null, feedback: { kind: "refused", reason } });
  const told = JSON.stringify(refused.model.requests[0]?.messages[0]);
  expect(told).toContain("it was refused");
  expect(told).toContain(reason);

  const check = {
    command: "npm ci",
    exitCode: 1,
    reason: "exited",
    seconds: 1,
    tail: "no lock file",
  } as const;
  const unready = await setUp([bash(commit), finish(change)]);
  await writeCode({ ...unready.options, plan: null, feedback: { kind: "setup_failed", check } });
  const first = JSON.stringify(unready.model.requests[0]?.messages[0]);
  expect(first).toContain("Setting up the repository failed");
  expect(first).toContain("Make this change.");
});

const findings: Finding[] = ["f1", "f2"].map((id) => ({
  id,
  severity: "blocking",
  path: "a.js",
  line: 1,
  title: `Title of ${id}`,
  body: "Says one.",
  suggestion: null,
  evidence: { command: "cat a.js", exitCode: 0, output: "1" },
}));
const answer = (findingId: string, action = "fixed") => ({ findingId, action, reply: "Because." });

async function answerWith(...tries: { before?: string; answers: object[]; outcome?: string }[]) {
  const replies = tries.flatMap(({ before, answers, outcome = "changed" }) => [
    ...(before ? [bash(before)] : []),
    finish({ ...change, outcome, reason: "x", answers }),
  ]);
  const { options, turns } = await setUp(replies);
  const outcome = await revise({ feedback: null, ...options, findings });
  const finishes = turns.flatMap(({ calls }) => calls).filter(({ tool }) => tool === "finish");
  return { outcome, finishes };
}

test.each([
  ["one is not answered", [answer("f1")], "f2"],
  ["one is answered twice", [answer("f1"), answer("f1"), answer("f2")], "f1"],
  ["one is made up", [answer("f1"), answer("f2"), answer("f9")], "f9"],
])("a revision is not accepted when %s", async (_, answers, named) => {
  const good = [answer("f1"), answer("f2")];
  const { finishes, outcome } = await answerWith({ before: commit, answers }, { answers: good });
  expect(finishes[0]).toMatchObject({ isError: true, output: expect.stringContaining(named) });
  expect(outcome).toMatchObject({ kind: "finished", result: { answers: good } });
});

test("a revision that says fixed needs a commit, one that declines everything does not", async () => {
  const { finishes, outcome } = await answerWith(
    { answers: [answer("f1"), answer("f2", "declined")] },
    { answers: [answer("f1", "declined"), answer("f2", "declined")] },
  );
  expect(finishes.map(({ isError }) => isError)).toEqual([true, false]);
  expect(outcome).toMatchObject({ kind: "finished" });
});

test("a revision cannot have nothing to do", async () => {
  const { finishes } = await answerWith(
    { answers: [], outcome: "nothing_to_do" },
    { answers: [answer("f1", "declined"), answer("f2", "declined")] },
  );
  expect(finishes[0]?.isError).toBe(true);
});
