import { expect, onTestFinished, test } from "vitest";
import { refute } from "../../src/roles/refuter/refuter.ts";
import { aFinding } from "../support/a-finding.ts";
import { agentSurroundings, aTask } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

const shown = { command: "node x.js", exitCode: 1, output: "got 5", again: { exitCode: 1, isSame: true } };
const findings = [aFinding({ id: "f1", evidence: shown }), aFinding({ id: "f2", evidence: null })];

async function run(...replies: ConstructorParameters<typeof InMemoryModel>[0]) {
  const sandbox = await LocalDirectorySandbox.create();
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const model = new InMemoryModel(replies);
  const { turns, ...surroundings } = agentSurroundings();
  const material = { diff: "+x", base: null, checks: [], round: 1, earlierFindings: [], focus: "" };
  const outcome = await refute({ model, sandbox, task: aTask(), material, findings, ...surroundings });
  return { outcome, turns, model };
}

const judges = (...verdicts: object[]) => reply(call("finish", { verdicts }));
const both = judges({ id: "f1", verdict: "stands" }, { id: "f2", verdict: "stands" });

test("a verdict on each finding is taken, with the command that was really run", async () => {
  const { outcome } = await run(
    reply(call("bash", { command: "echo 7" })),
    judges(
      { id: "f1", verdict: "refuted", reason: "It gives 7.", command: "echo 7" },
      { id: "f2", verdict: "stands" },
    ),
  );
  expect(outcome).toMatchObject({
    kind: "finished",
    result: [
      { findingId: "f1", kind: "refuted", reason: "It gives 7.", shownBy: { exitCode: 0, output: "7" } },
      { findingId: "f2", kind: "stands" },
    ],
  });
});

test.each([
  ["that leaves a finding out", [{ id: "f1", verdict: "stands" }], "f2 needs exactly one verdict"],
  ["on what nobody found", [{ id: "f9", verdict: "stands" }], "There is no finding f9"],
  [
    "without a command against what failed again",
    [{ id: "f1", verdict: "refuted", reason: "No." }],
    "a reason alone does not refute it",
  ],
  [
    "with a command that was not run",
    [{ id: "f1", verdict: "refuted", reason: "No.", command: "echo 8" }],
    "is not one that you ran",
  ],
  ["without a reason", [{ id: "f2", verdict: "refuted" }], "say in `reason`"],
  [
    "that calls a finding its own duplicate",
    [{ id: "f2", verdict: "duplicate", of: "f2" }],
    "names another finding",
  ],
  [
    "of two that are each other's duplicate",
    [
      { id: "f1", verdict: "duplicate", of: "f2" },
      { id: "f2", verdict: "duplicate", of: "f1" },
    ],
    "one that stands",
  ],
])("a verdict %s goes back", async (_, verdicts, words) => {
  const { outcome, turns } = await run(judges(...verdicts), both);
  expect(turns[0]?.calls[0]).toMatchObject({ isError: true, output: expect.stringContaining(words) });
  expect(outcome).toMatchObject({ kind: "finished", turns: 2 });
});

test("what nobody showed may be refuted by a reason", async () => {
  const { outcome } = await run(
    judges(
      { id: "f1", verdict: "stands" },
      { id: "f2", verdict: "refuted", reason: "The type rules it out." },
    ),
  );
  expect(outcome).toMatchObject({ turns: 1, result: [{}, { kind: "refuted", shownBy: null }] });
});
