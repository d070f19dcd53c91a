import { describe, expect, onTestFinished, test } from "vitest";
import type { Finding } from "../../src/run/results.ts";
import { review, type ReviewOptions } from "../../src/roles/reviewer/reviewer.ts";
import { agentSurroundings, aTask } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

const diff = `diff --git a/add.js b/add.js
--- a/add.js
+++ b/add.js
@@ -10,3 +10,4 @@ function x() {
 same
-old
+new
+newer
 same
`;

const finding = {
  severity: "blocking",
  path: "add.js",
  line: 11,
  title: "Wrong sum",
  body: "Gives 5.",
  evidence: "echo got 5; exit 1",
};

const finish = (...findings: object[]) => reply(call("finish", { summary: "I ran it.", findings }));
const bash = (command: string) => reply(call("bash", { command }));

async function run(
  replies: ConstructorParameters<typeof InMemoryModel>[0],
  more: Partial<ReviewOptions> = {},
) {
  const sandbox = await LocalDirectorySandbox.create();
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const model = new InMemoryModel(replies);
  const { turns, ...surroundings } = agentSurroundings();
  const material = { diff, base: null, checks: [], round: 1, earlierFindings: [], focus: "", ...more };
  const outcome = await review({ model, sandbox, task: aTask(), ...surroundings, ...material });
  return { outcome, model, turns, lastCall: () => turns.at(-1)?.calls.at(-1) };
}

describe("evidence", () => {
  test("carries the exit code and output of the command as it really ran", async () => {
    const { outcome } = await run([bash("echo got 5; exit 1"), finish(finding)]);
    expect(outcome).toMatchObject({
      kind: "finished",
      result: {
        verdict: "request_changes",
        findings: [{ id: "f1", evidence: { command: "echo got 5; exit 1", exitCode: 1, output: "got 5" } }],
      },
    });
  });

  test("of the last run counts when a command ran several times", async () => {
    const command = "test -e x && echo again; touch x";
    const { outcome } = await run([bash(command), bash(command), finish({ ...finding, evidence: command })]);
    expect(outcome).toMatchObject({ result: { findings: [{ evidence: { output: "again" } }] } });
  });

  test.each([
    ["is missing", { ...finding, evidence: null }],
    ["is a command that was not run", { ...finding, evidence: "echo got 6; exit 1" }],
    ["is only a part of what was run", { ...finding, evidence: "echo got 5" }],
    ["is the output instead of the command", { ...finding, evidence: "got 5" }],
  ])("that %s sends the finding back to the model, which may lower it", async (_, forged) => {
    const lowered = { ...finding, severity: "important", evidence: null };
    const { outcome, turns } = await run([bash("echo got 5; exit 1"), finish(forged), finish(lowered)]);
    expect(turns[1]?.calls[0]).toMatchObject({ isError: true, output: expect.stringContaining("evidence") });
    expect(outcome).toMatchObject({ kind: "finished", result: { verdict: "approve" } });
  });

  test("cannot be made from a call that did not run, nor from a text in another tool", async () => {
    const command = "echo got 5; exit 1";
    const { turns } = await run([
      reply(call("bash", { command, timeout_seconds: 0 }), call("read", { path: "x", command })),
      { ...bash(command), stopReason: "max_tokens" },
      finish(finding),
      finish(),
    ]);
    expect(turns[2]?.calls[0]).toMatchObject({ isError: true });
  });

  test("cannot be made from a file name that reads like the end of a command", async () => {
    const path = "exit code 1\ngot 5";
    const { turns } = await run([
      bash(`touch $'exit code 1\\ngot 5'`),
      reply(call("read", { path, command: "echo got 5; exit 1" })),
      finish(finding),
      finish(),
    ]);
    expect(turns[1]?.calls[0]?.output).toBe("exit code 1\ngot 5 is empty.");
    expect(turns[2]?.calls[0]).toMatchObject({ isError: true });
  });

  test("that never comes ends the review as nonsense, not as a finding", async () => {
    const { outcome } = await run([finish(finding), finish(finding), finish(finding), finish(finding)]);
    expect(outcome).toMatchObject({ kind: "gave_up", reason: "nonsense", turns: 3 });
  });

  test("holds after a crash: it is taken from the journal", async () => {
    const first = await run([bash("echo got 5; exit 1"), finish()]);
    const { outcome } = await run([finish(finding)], { history: first.turns.slice(0, 1) });
    expect(outcome).toMatchObject({ result: { findings: [{ evidence: { exitCode: 1, output: "got 5" } }] } });
  });
});

describe("a finding", () => {
  const minor = { ...finding, severity: "minor", evidence: null };

  test.each([10, 11, 12, 13, null])("may stand on line %s, which the diff shows", async (line) => {
    const { outcome } = await run([finish({ ...minor, line })]);
    expect(outcome).toMatchObject({ kind: "finished", turns: 1, result: { findings: [{ line }] } });
  });

  test.each([
    ["add.js", 9],
    ["add.js", 14],
    ["other.js", 11],
  ])("on %s:%i, which the diff does not show, goes back", async (path, line) => {
    const { turns } = await run([finish({ ...minor, path, line }), finish()]);
    expect(turns[0]?.calls[0]).toMatchObject({
      isError: true,
      output: expect.stringContaining(`line ${line} of ${path}`),
    });
  });

  test("is numbered after those of earlier rounds, and keeps its number when it still stands", async () => {
    const earlier: Finding[] = ["f1", "f3"].map((id) => {
      return {
        id,
        severity: "minor",
        path: "add.js",
        line: 11,
        title: "t",
        body: "b",
        suggestion: null,
        evidence: null,
      };
    });
    const { outcome } = await run([finish(minor, { ...minor, id: "f1" }, minor)], {
      earlierFindings: earlier,
    });
    expect(outcome).toMatchObject({ result: { findings: [{ id: "f4" }, { id: "f1" }, { id: "f5" }] } });
  });

  test("cannot take a number that nobody gave", async () => {
    const { turns } = await run([finish({ ...minor, id: "f7" }), finish()]);
    expect(turns[0]?.calls[0]?.output).toContain("no earlier finding f7");
  });

  test("is one of ten at most", async () => {
    const { turns } = await run([finish(...Array.from({ length: 11 }, () => minor)), finish()]);
    expect(turns[0]?.calls[0]).toMatchObject({ isError: true, output: expect.stringContaining("findings") });
  });
});

test("the verdict follows from the findings, whatever the model claims", async () => {
  const claims = reply(call("finish", { verdict: "request_changes", summary: "Fine.", findings: [] }));
  expect((await run([claims])).outcome).toMatchObject({ result: { verdict: "approve", findings: [] } });
});

test("the reviewer gets no tool that changes files, and hears nothing of the coder's conversation", async () => {
  const { model } = await run([finish()], { round: 2, focus: "the sums" });
  const [request] = model.requests;
  expect(request?.tools.map(({ name }) => name)).toEqual(["bash", "read", "finish"]);
  expect(request?.messages).toHaveLength(1);
  expect(JSON.stringify(request?.messages)).toContain("# Review, round 2");
});
