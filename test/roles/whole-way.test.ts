import { expect, onTestFinished, test } from "vitest";
import { AnthropicModel } from "../../src/agent/anthropic-model.ts";
import type { Script } from "../../src/demo/script.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";
import { revise, writeCode } from "../../src/roles/coder/coder.ts";
import { plan } from "../../src/roles/planner/planner.ts";
import { mergeFindings } from "../../src/roles/reviewer/merge-findings.ts";
import { review } from "../../src/roles/reviewer/reviewer.ts";
import { agentSurroundings, aTask } from "../support/agent-options.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

const addTexts = `node -e 'const sum = require("./add.js")("1", "x"); console.log(sum); process.exit(sum === sum ? 0 : 1)'`;

const script: Script = {
  scenes: [
    {
      role: "planner",
      when: "add() is wrong",
      turns: [
        { say: "I look at it.", calls: [{ tool: "read", input: { path: "add.js" } }] },
        { calls: [{ tool: "finish", input: { summary: "Wrong sign.", steps: ["Mend add.js"], risks: [] } }] },
      ],
    },
    {
      role: "coder",
      when: "# Findings",
      turns: [
        {
          calls: [
            {
              tool: "edit",
              input: { path: "add.js", old_text: "a - -b", new_text: "Number(a) + Number(b)" },
            },
            { tool: "bash", input: { command: "git commit -qam 'Add numbers given as text'" } },
          ],
        },
        {
          calls: [
            {
              tool: "finish",
              input: {
                outcome: "changed",
                title: "Make add() add",
                summary: "Now with texts.",
                answers: [{ findingId: "f1", action: "fixed", reply: "Numbers are converted first." }],
              },
            },
          ],
        },
      ],
    },
    {
      role: "coder",
      when: "add() is wrong",
      turns: [
        { calls: [{ tool: "edit", input: { path: "add.js", old_text: "a + b + 1", new_text: "a - -b" } }] },
        { calls: [{ tool: "bash", input: { command: "git commit -qam 'Make add() add'" } }] },
        {
          calls: [
            { tool: "finish", input: { outcome: "changed", title: "Make add() add.", summary: "It adds." } },
          ],
        },
      ],
    },
    {
      role: "reviewer",
      when: "# Review, round 1",
      turns: [
        {
          calls: [{ tool: "bash", input: { command: addTexts } }],
        },
        {
          calls: [
            {
              tool: "finish",
              input: {
                summary: "Texts give {{/^(NaN)$/}}.",
                findings: [
                  {
                    severity: "blocking",
                    path: "add.js",
                    line: 1,
                    quote: "module.exports = (a, b) => a - -b;",
                    title: "Texts",
                    body: "Gives NaN.",
                    evidence: addTexts,
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
};

test("planner, coder and reviewer do one change through the Messages API over HTTP", async () => {
  const server = await startScriptedModel({ script });
  onTestFinished(() => server.close());
  const model = new AnthropicModel({ id: "claude-sonnet-5-5", apiKey: server.apiKey, baseURL: server.url });
  await using sandbox = await LocalDirectorySandbox.create({
    "add.js": "module.exports = (a, b) => a + b + 1;\n",
  });
  const base = (await sandbox.exec("git rev-parse HEAD")).preview.trim();
  const surroundings = agentSurroundings();
  const options = { model, sandbox, task: aTask(), ...surroundings };

  const planned = await plan(options);
  expect(planned).toMatchObject({ kind: "finished", result: { steps: ["Mend add.js"] }, turns: 2 });
  if (planned.kind !== "finished") return;

  const coded = await writeCode({ ...options, base, plan: planned.result, feedback: null });
  expect(coded).toMatchObject({ kind: "finished", result: { kind: "changed", title: "Make add() add" } });

  const diff = (await sandbox.exec(`git diff ${base} HEAD`)).preview;
  const reviewed = await review({
    ...options,
    diff,
    base,
    checks: [],
    round: 1,
    earlierFindings: [],
    focus: "",
    lenses: ["correctness"],
    head: async (path) => Buffer.from(await sandbox.readFile(path)).toString(),
  });
  expect(reviewed).toMatchObject({
    kind: "finished",
    result: {
      summary: "Texts give NaN.",
      findings: [{ id: null, evidence: { exitCode: 1, output: "NaN" } }],
    },
  });
  if (reviewed.kind !== "finished") return;

  const head = (await sandbox.exec("git rev-parse HEAD")).preview.trim();
  const revised = await revise({
    feedback: null,
    ...options,
    base: head,
    findings: mergeFindings(reviewed.result.findings, [], new Map()).map(({ finding }) => finding),
  });
  expect(revised).toMatchObject({
    kind: "finished",
    result: { answers: [{ findingId: "f1", action: "fixed" }] },
  });
  expect(surroundings.budget.byRole().map((row) => [row.role, row.turns])).toEqual([
    ["planner", 2],
    ["coder", 5],
    ["reviewer", 2],
  ]);
  expect(surroundings.budget.used().usd).toBeGreaterThan(0);
});
