import path from "node:path";
import { expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { runGit } from "../support/sample-repository.ts";
import { LocalWorld, summaryIn } from "./local-world.ts";
import {
  approving,
  coder,
  commit,
  planner,
  settings,
  sumsRepository,
  sumsTask,
  testFile,
} from "./sums-repository.ts";

const adds = "export const add = (a, b) => a + b;\n";
const wrong = commit("Multiply, wrongly", {
  "sums.js": `${adds}export const multiply = (a, b) => a + b;\n`,
  "multiply.test.js": testFile("multiply", "multiply(2, 3)", 6),
});
const right = commit("Multiply, rightly", {
  "sums.js": `${adds}export const multiply = (a, b) => a * b;\n`,
});

const evidence = `node --input-type=module -e 'import { multiply } from "/workspace/sums.js"; process.exit(multiply(2, 3) === 6 ? 0 : 1)'`;
const finding = {
  severity: "blocking",
  path: "sums.js",
  line: 2,
  quote: "export const multiply = (a, b) => a + b;",
  asked: sumsTask,
  title: "It adds",
  body: "`multiply(2, 3)` gives 5 instead of 6.",
  suggestion: null,
  evidence,
} as const;

const refuter: Scene = {
  role: "refuter",
  when: finding.title,
  turns: [
    { calls: [bash("cat sums.js")] },
    { calls: [finish({ verdicts: [{ id: "f1", verdict: "stands" }] })] },
  ],
};

function reviewer(when: string, findings: readonly (typeof finding & { id?: string })[]): Scene {
  return {
    role: "reviewer",
    when,
    turns: [
      { calls: [bash(evidence)] },
      { calls: [finish({ summary: "Looked at.", findings, unverified: [] })] },
    ],
  };
}

function answering(when: string, command: string): Scene {
  const answers = [{ findingId: "f1", action: "fixed", reply: "It multiplies." }] as const;
  return {
    role: "coder",
    when,
    turns: [
      { calls: [bash(command)] },
      {
        calls: [
          finish({ outcome: "changed", title: "Multiply", summary: "Mended.", unverified: [], answers }),
        ],
      },
    ],
  };
}

const ladder = { ".github/handback.yml": settings("escalate: [haiku, sonnet]\n") };

test(
  "What the cheap coder does not manage in three tries goes to the next with what was learned",
  {
    timeout: 120_000,
  },
  async () => {
    const { world, repository, run } = await aWorld([
      coder("# What was tried before you", right),
      coder("# What is wrong now", "git commit -q --allow-empty -m 'Try again'", "It must be the order."),
      coder(sumsTask, wrong, "It multiplies by adding."),
    ]);

    const ended = await run("--json");

    const summary = summaryIn(ended);
    expect(summary.verdict).toBe("approve");
    expect(summary.rungs).toMatchObject([
      { rung: 1, model: "claude-haiku-5-5", outcome: "checks_failed", turns: 6 },
      { rung: 2, model: "claude-sonnet-5-5", outcome: "good", turns: 2 },
    ]);
    const subjects = runGit(repository, "log", "--reverse", "--format=%s", "main..try").trim().split("\n");
    expect(subjects).toEqual(["Multiply, wrongly", "Try again", "Try again", "Multiply, rightly"]);
    const [lesson] = firstMessages(world, "# What was tried before you");
    expect(lesson).toContain("claude-haiku-5-5 tried 3 times.");
    expect(lesson).toContain(
      "Try 1:\nIt said at its end: It multiplies by adding.\nAfter it `node --test` ended with exit code 1; failed: multiply.",
    );
    expect(lesson).toContain("Try 3:\nIt said at its end: It must be the order.");
    expect(lesson).toContain("Its commits are on this branch");
    expect(ended.stderr).toContain("claude-haiku-5-5, rung 1: checks failed");
  },
);

test(
  "A cheap coder that gives up leaves its work in the tree to the next, who may throw it away",
  {
    timeout: 120_000,
  },
  async () => {
    const { world, repository, run } = await aWorld([
      coder(
        "# What was tried before you",
        `git reset -q --hard main^0 2>/dev/null || git reset -q --hard HEAD~1\n${wrong}\n${right}`,
      ),
      {
        role: "coder",
        when: sumsTask,
        turns: [
          { calls: [bash("echo 'export const multiply = null;' >> sums.js")] },
          { say: "I cannot do this.", stopReason: "refusal" },
        ],
      },
    ]);

    const summary = summaryIn(await run("--json"));

    expect(summary.verdict).toBe("approve");
    expect(summary.rungs).toMatchObject([
      { rung: 1, outcome: "gave_up" },
      { rung: 2, outcome: "good" },
    ]);
    expect(firstMessages(world, "# What was tried before you")[0]).toContain(
      "It was ended: The model refused to work on this.",
    );
    expect(runGit(repository, "show", "try:sums.js")).not.toContain("null");
  },
);

test(
  "A blocking finding that stands again after it was answered with `fixed` goes to the next rung",
  { timeout: 180_000 },
  async () => {
    const { world, run } = await aWorld(
      [
        refuter,
        reviewer("# Review, round 3", []),
        reviewer("# Review, round 2", [{ ...finding, id: "f1" }]),
        reviewer("# Review, round 1", [finding]),
        answering("# What was tried before you", right),
        answering("# Findings", "git commit -q --allow-empty -m 'Fix it, I think'"),
        coder(
          sumsTask,
          commit("Multiply, by luck", {
            "sums.js": `${adds}export const multiply = (a, b) => a + b;\n`,
            "multiply.test.js": testFile("multiply", "multiply(2, 2)", 4),
          }),
        ),
      ],
      { ".github/handback.yml": settings("escalate: [haiku, sonnet]\n").replace("rounds: 1", "rounds: 3") },
    );

    const summary = summaryIn(await run("--json"));

    expect(summary).toMatchObject({
      verdict: "approve",
      rounds: 3,
      findings: [{ id: "f1", state: "fixed" }],
    });
    expect(summary.rungs).toMatchObject([
      { rung: 1, model: "claude-haiku-5-5", outcome: "findings_open", turns: 4 },
      { rung: 2, model: "claude-sonnet-5-5", outcome: "good", turns: 2 },
    ]);
    const [lesson] = firstMessages(world, "# What was tried before you");
    expect(lesson).toContain("claude-haiku-5-5 answered f1 with `fixed` in the round before");
    expect(lesson).toContain("## Finding f1");
  },
);

test(
  "A rung that uses up its share of the budget leaves the rest of it to the next",
  { timeout: 120_000 },
  async () => {
    const wanders: Scene = {
      role: "coder",
      when: sumsTask,
      turns: Array.from({ length: 20 }, (_, n) => ({ calls: [bash(`echo ${n} > note-${n}.txt`)] })),
    };
    const { world, run } = await aWorld(
      [coder("# What was tried before you", `git rm -q 'note-*'\n${wrong}\n${right}`), wanders],
      { ".github/handback.yml": settings("escalate: [haiku, sonnet]\nbudget:\n  turns: 20\n") },
    );

    const summary = summaryIn(await run("--json"));

    expect(summary.verdict).toBe("approve");
    const [first, second] = summary.rungs;
    expect(first).toMatchObject({ rung: 1, outcome: "gave_up" });
    // One turn went to the plan.
    expect(first!.turns).toBeLessThanOrEqual(10);
    expect(second).toMatchObject({ rung: 2, outcome: "good", turns: 2 });
    expect(firstMessages(world, "# What was tried before you")[0]).toContain(
      "It was ended: Its share of the budget was used up:",
    );
  },
);

test("Whoever names a coder on the command gets that one and no ladder", { timeout: 60_000 }, async () => {
  const { run } = await aWorld([
    coder("# What is wrong now", "git commit -q --allow-empty -m 'Try again'"),
    coder(sumsTask, wrong),
  ]);
  const summary = summaryIn(await run("--json", "--model", "coder=haiku"));
  expect(summary).toMatchObject({ rungs: [], checks: [{ exitCode: 1 }] });
  expect(summary.costs.filter(({ role }) => role === "coder")).toMatchObject([{ model: "claude-haiku-5-5" }]);
});

async function aWorld(
  scenes: readonly Scene[],
  files: Readonly<Record<string, string>> = ladder,
): Promise<{
  world: LocalWorld;
  repository: string;
  run: (...more: string[]) => ReturnType<LocalWorld["run"]>;
}> {
  const world = await LocalWorld.start([planner, ...scenes, approving]);
  const repository = sumsRepository(path.join(world.directory, "sums"), files);
  const run = (...more: string[]): ReturnType<LocalWorld["run"]> =>
    world.run(["run", ...more, "--branch", "try", "--repo", repository, sumsTask]);
  return { world, repository, run };
}

/** First messages of conversations that hold the words. */
function firstMessages(world: LocalWorld, words: string): string[] {
  return world.model.requests
    .filter(({ messages }) => messages.length === 1)
    .map(({ messages }) => textOf(messages[0]!.content))
    .filter((text) => text.includes(words));
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return (content as readonly { text?: string }[]).map(({ text = "" }) => text).join("\n");
}
