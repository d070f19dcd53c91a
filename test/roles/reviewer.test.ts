import { describe, expect, onTestFinished, test } from "vitest";
import type { Finding } from "../../src/run/results.ts";
import type { CheckComparison } from "../../src/run/check-comparison.ts";
import { review, reviewerPrompt, type ReviewOptions } from "../../src/roles/reviewer/reviewer.ts";
import { aFinding } from "../support/a-finding.ts";
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

/** What the diff leaves, and a line which it does not show. */
const content = `${"// before\n".repeat(8)}// near\nsame\nnew\nnewer\nsame\n// after\n`;

const finding = {
  severity: "blocking",
  path: "add.js",
  line: 11,
  quote: "new",
  title: "Wrong sum",
  body: "Gives 5.",
  evidence: "echo got 5; exit 1",
};

const nothingCompared: CheckComparison = {
  hasBase: true,
  failToPass: [],
  passToFail: [],
  stillFailing: [],
  newPassing: [],
  newFailing: [],
  vanished: [],
  flaky: [],
  proof: { kind: "not_needed" },
  changedSourceWithoutTest: false,
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
  const outcome = await review({
    model,
    sandbox,
    task: aTask(),
    ...surroundings,
    diff,
    base: null,
    checks: [],
    round: 1,
    earlierFindings: [],
    focus: "",
    lenses: ["correctness", "tests"],
    head: async (path) => (path === "add.js" ? content : null),
    ...more,
  });
  return { outcome, model, turns, lastCall: () => turns.at(-1)?.calls.at(-1) };
}

describe("evidence", () => {
  test("carries the exit code and output of the command as it really ran", async () => {
    const { outcome } = await run([bash("echo got 5; exit 1"), finish(finding)]);
    expect(outcome).toMatchObject({
      kind: "finished",
      result: {
        findings: [{ id: null, evidence: { command: "echo got 5; exit 1", exitCode: 1, output: "got 5" } }],
      },
    });
  });

  test("of the last run counts when a command ran several times", async () => {
    const command = "test -e x && echo again; touch x; false";
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
    expect(outcome).toMatchObject({ kind: "finished", result: { findings: [{ severity: "important" }] } });
  });

  test("that exits with 0 shows no fault, unless nothing blocks because of it", async () => {
    const passes = { ...finding, evidence: "echo fine" };
    const { turns, outcome } = await run([
      bash("echo fine"),
      finish(passes),
      finish({ ...passes, severity: "important" }),
    ]);
    expect(turns[1]?.calls[0]).toMatchObject({
      isError: true,
      output: expect.stringContaining("exited with 0"),
    });
    expect(outcome).toMatchObject({ result: { findings: [{ evidence: { exitCode: 0 } }] } });
  });

  test("cannot be made from a call that did not run, nor from a text in another tool", async () => {
    const command = "echo got 5; exit 1";
    const { turns } = await run([
      reply(call("bash", { command, wait_seconds: "soon" }), call("read", { path: "x", command })),
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

const minor = { ...finding, severity: "minor", evidence: null };

describe("a finding", () => {
  const texts: Record<number, string> = { 9: "// near", 10: "same", 11: "new", 14: "// after" };

  test.each([9, 10, 11, 14])("may name line %i, in the diff or not, when it quotes it", async (line) => {
    const { outcome } = await run([finish({ ...minor, line, quote: ` ${texts[line]}  ` })]);
    expect(outcome).toMatchObject({ turns: 1, result: { findings: [{ line, quote: texts[line] }] } });
  });

  test("on the whole change has no line and no quote", async () => {
    const { outcome } = await run([finish({ ...minor, line: null, quote: null })]);
    expect(outcome).toMatchObject({ kind: "finished", turns: 1, result: { findings: [{ line: null }] } });
  });

  test.each([
    ["the text of another line", { quote: "newer" }, "which is:\nnew\n Your quote stands on line 12."],
    ["no quote", { quote: null }, "which is:\nnew"],
    ["a line that the file does not have", { line: 99 }, "add.js has no line 99, only 15"],
    ["a file that is not there", { path: "other.js" }, "there is no text file other.js"],
    ["a suggestion that begins after its end", { start_line: 12 }, "`start_line` comes before `line`"],
    ["words that the task does not have", { asked: "It should give 7." }, "`asked` is not in the task"],
    ["an earlier number that nobody gave", { id: "f7" }, "no earlier finding f7"],
  ])("with %s goes back, and is told what is the case", async (_, wrong, words) => {
    const { turns } = await run([finish({ ...minor, ...wrong }), finish()]);
    expect(turns[0]?.calls[0]).toMatchObject({ isError: true, output: expect.stringContaining(words) });
  });

  test("may quote the task, whatever its line breaks", async () => {
    const { outcome } = await run([finish({ ...minor, asked: "`add(2, 2)`\n gives 5." })]);
    expect(outcome).toMatchObject({ result: { findings: [{ asked: "`add(2, 2)`\n gives 5." }] } });
  });

  test("remembers its line's surroundings, and through which lens it was seen", async () => {
    const { outcome } = await run([finish(minor, { ...minor, lens: "tests" })]);
    expect(outcome).toMatchObject({
      result: {
        findings: [
          {
            lens: "correctness",
            around: { before: ["same", "// near", "// before"], after: ["newer", "same", "// after"] },
          },
          { lens: "tests" },
        ],
      },
    });
  });

  test("of an earlier round keeps its number when it still stands", async () => {
    const earlier: Finding[] = [aFinding({ id: "f3" })];
    const { outcome } = await run([finish({ ...minor, id: "f3" })], { earlierFindings: earlier });
    expect(outcome).toMatchObject({ result: { findings: [{ id: "f3" }] } });
  });

  test("is one of ten at most", async () => {
    const { turns } = await run([finish(...Array.from({ length: 11 }, () => minor)), finish()]);
    expect(turns[0]?.calls[0]).toMatchObject({ isError: true, output: expect.stringContaining("findings") });
  });
});

describe("a change of sources without a test", () => {
  const comparison: CheckComparison = { ...nothingCompared, changedSourceWithoutTest: true };

  test("needs a finding of whoever looks at the tests, or a reason", async () => {
    const { turns } = await run(
      [finish({ ...minor, lens: "correctness" }), finish({ ...minor, lens: "tests" })],
      {
        comparison,
      },
    );
    expect(turns[0]?.calls[0]).toMatchObject({
      isError: true,
      output: expect.stringContaining("no_test_needed"),
    });
    expect(turns).toHaveLength(2);
    const reasoned = { summary: "Fine.", findings: [], no_test_needed: "It is a comment." };
    const { outcome } = await run([reply(call("finish", reasoned))], { comparison });
    expect(outcome).toMatchObject({
      turns: 1,
      result: { unverified: ["Sources were changed and no test was. The reviewer: It is a comment."] },
    });
  });

  test("is no business of the other lenses", async () => {
    const { outcome } = await run([finish()], { comparison, lenses: ["robustness"] });
    expect(outcome).toMatchObject({ kind: "finished", turns: 1 });
  });
});

test("the reviewer gets no tool that changes files, and hears nothing of the coder's conversation", async () => {
  const { model } = await run([finish()], { round: 2, focus: "the sums" });
  const [request] = model.requests;
  expect(request?.tools.map(({ name }) => name)).toEqual(["bash", "read", "finish"]);
  expect(request?.system).toBe(reviewerPrompt);
  expect(request?.messages).toHaveLength(1);
  expect(JSON.stringify(request?.messages)).toContain("# Review, round 2");
});
