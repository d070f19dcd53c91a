import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { aTrigger } from "../store/a-trigger.ts";
import { asker, BadInputWorld } from "./support/bad-input-world.ts";
import { checkedFiles, coder, commit } from "./support/scenes.ts";
import { onlyAnAnswer, onlyAReply } from "./support/writes.ts";

let world: BadInputWorld;
beforeAll(async () => {
  world = await BadInputWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** With one reviewer alone, so that turns can be counted. */
function withBudget(lines: string): Readonly<Record<string, string>> {
  return {
    ...checkedFiles,
    ".github/handback.yml": `budget:\n${lines}review:\n  lenses: [correctness]\n`,
  };
}

/** So many turns of work which come to no end. */
function endless(role: Scene["role"], when: string | RegExp, command: string): Scene {
  return {
    role,
    when,
    turns: Array.from({ length: 20 }, (_, n) => ({ calls: [bash(`${command} # ${n}`)] })),
  };
}

const draft = { comments: 1, eyes: 1, checkRuns: 1, pulls: ["#2 draft"] };

describe("a budget that ends in the middle loses nothing", { concurrent: true, timeout: 150_000 }, () => {
  test("of the coder's work, committed or not: a draft has it, with the limit and how to go on", async () => {
    const repository = await world.repository(withBudget("  turns: 6\n"));
    world.script(endless("coder", "Count for ever", "date +%N >> count.txt"));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Count for ever" });
    expect(conclusion).toMatchObject({ kind: "handed_back", pullNumber: 2, verdict: "not_reviewed" });
    expect(words).toContain("### Handed back unfinished: #2");
    expect(words).toContain("The budget of this run is used up: 6 of 6 turns used.");
    expect(words).toContain("raise `budget.turns` in `.github/handback.yml`");
    expect(words).toContain("write `/agent fix <what is left>` on the pull request");
    expect(words).toContain("was not reviewed. It stays a draft.");
    expect(await world.writes(repository)).toMatchObject({ ...draft, reviews: 0 });
    const { head } = world.github.repository(repository).issues[1]!.pull!;
    const counted = await world.github.git.file(world.github.repository(repository), head.sha, "count.txt");
    expect(counted!.toString().split("\n").length).toBeGreaterThan(3);
  });

  test("before the review: what would not fit is not begun, and the packet says that it is missing", async () => {
    const repository = await world.repository(withBudget("  turns: 4\n"));
    world.script(coder("Add a short note", [`echo more >> README.md; ${commit}`]));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Add a short note" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "not_reviewed" });
    expect(words).toContain(
      "**Unfinished:** It was not reviewed. The budget of this run is used up: 3 of 4 turns used; the rest is kept for the finish.",
    );
    expect(words).toContain("write `/agent review` on the pull request");
    expect(words).toMatch(/In the coder's own sandbox[^]*\| `make test` \| ✅ passed/);
    expect(await world.writes(repository)).toMatchObject({ ...draft, reviews: 0 });
  });

  test("of the review: the pull request stays a draft, and says so", async () => {
    const repository = await world.repository(withBudget("  turns: 8\n"));
    world.script(
      coder("Add a long note", [`echo more >> README.md; ${commit}`]),
      endless("reviewer", "Add a long note", "date +%N"),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Add a long note" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "not_reviewed" });
    expect(words).toContain("The budget of this run is used up: 8 of 8 turns used.");
    expect(words).toContain("write `/agent review` on #2");
    expect(await world.writes(repository)).toMatchObject(draft);
  });

  test("of the revision: its work is pushed, the finding stands open, and nothing is reviewed that does not fit", async () => {
    const repository = await world.repository(withBudget("  turns: 12\n"));
    world.script(
      endless("coder", /Add a note to answer[^]*no sentence/, "date +%N >> README.md"),
      ...oneFinding("Add a note to answer"),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Add a note to answer" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "not_reviewed" });
    expect(words).toContain("**Unfinished:** The last revision was not reviewed.");
    expect(words).toContain("The budget of this run is used up: 12 of 12 turns used.");
    expect(words).toContain("write `/agent fix <what is left>` on the pull request");
    expect(words).toContain("1 found, 0 fixed, 1 open");
    expect(words).toMatch(/In the coder's own sandbox[^]*\| `make test` \| ✅ passed/);
    expect(await world.writes(repository)).toMatchObject({ ...draft, reviews: 1 });
  });

  test("before the revision: the findings go to the person as they are", async () => {
    const repository = await world.repository(withBudget("  turns: 6\n"));
    world.script(...oneFinding("Add a note not to answer"));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Add a note not to answer" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "open_findings" });
    expect(words).toContain(
      "**Unfinished:** The review was not answered. The budget of this run is used up: 5 of 6 turns used; the rest is kept for the finish.",
    );
    expect(words).toContain("write `/agent fix <what is left>` on the pull request");
    expect(words).toContain("1 found, 0 fixed, 1 open");
    expect(await world.writes(repository)).toMatchObject({ ...draft, reviews: 1 });
  });
});

/** A change in two turns, a review with one finding in one, and another look at it in one. */
function oneFinding(when: string): Scene[] {
  const finding = {
    severity: "important",
    path: "README.md",
    line: 2,
    quote: "more",
    title: "It does not say more than before",
    body: "`more` is no sentence.",
    suggestion: null,
    evidence: null,
  } as const;
  return [
    coder(when, [`echo more >> README.md; ${commit}`]),
    {
      role: "reviewer",
      when,
      turns: [{ calls: [finish({ summary: "One thing.", findings: [finding], unverified: [] })] }],
    },
    { role: "refuter", when, turns: [{ calls: [finish({ verdicts: [{ id: "f1", verdict: "stands" }] })] }] },
  ];
}

describe("a cap of the day", { timeout: 100_000 }, () => {
  test("that is used up gets one answer, who may spend what until when, and no sandbox", async () => {
    const lines = "  perDay:\n    person:\n      usd: 5\n";
    const repository = await world.repository(withBudget(lines));
    await spend(repository, 4.992);
    const { conclusion, words } = await world.askAndWait(repository, { title: "Sort the list of names" });
    expect(conclusion).toMatchObject({ kind: "failed", step: "prepare", failure: { code: "budget.day" } });
    expect(words).toContain(
      `Nothing is left of the $5.00 a day for ${asker} in ${repository} ($4.99 spent today), so the run did not start.`,
    );
    expect(words).toContain(
      "Write the command again after 00:00 UTC, when a new day begins; to allow more, raise `budget.perDay.person.usd` in `.github/handback.yml`.",
    );
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("bounds a run that still fits in part", async () => {
    const repository = await world.repository(withBudget("  perDay:\n    repository:\n      usd: 5\n"));
    await spend(repository, 4.97);
    world.script(
      endless("coder", "Count until the day ends", `date +%N >> count.txt; echo ${"long ".repeat(300)}`),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Count until the day ends" });
    expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "not_reviewed" });
    expect(words).toContain(`No more may be spent today: the $5.00 a day for ${repository} is used up.`);
    expect(words).toContain("The day ends at 00:00 UTC");
    expect(await world.writes(repository)).toMatchObject(draft);
  });

  test("holds however many ask at once, and each of them is told", async () => {
    const cap = 0.05;
    const repository = await world.repository(withBudget(`  perDay:\n    repository:\n      usd: ${cap}\n`));
    world.script(endless("coder", "Ask at once", `date +%N >> count.txt; echo ${"long ".repeat(300)}`));
    const asked = Array.from({ length: 8 }, (_, n) => world.ask(repository, { title: `Ask at once, ${n}` }));
    const ended = await Promise.all(
      (await Promise.all(asked)).map((issueNumber) => world.ended(repository, issueNumber)),
    );
    const runs = new Set(ended.map(({ run }) => run.id));
    const rows = await world.handback.store.readSpending({ day: new Date().toISOString().slice(0, 10) });
    const spent = rows.filter(({ runId }) => runs.has(runId)).reduce((sum, { usd }) => sum + (usd ?? 0), 0);
    expect(spent).toBeLessThanOrEqual(cap + 1e-9);
    expect(spent).toBeGreaterThan(0);
    for (const { words } of ended) expect(words).toMatch(new RegExp(`the \\$0\\.05 a day for ${repository}`));
    expect(await world.writes(repository)).toMatchObject({ comments: 8, reviews: 0 });
  });

  /** As if another run of the asker's had spent it today. */
  async function spend(repository: string, usd: number): Promise<void> {
    const { store } = world.handback;
    const [owner = "", name = ""] = repository.split("/");
    const sender = { login: asker, id: world.github.state.user(asker)!.id };
    const trigger = aTrigger({ repository: { owner, name, installationId: 1 }, sender, issueNumber: 900 });
    const { id } = await store.createRun({ kind: "change", trigger });
    await store.claimRun(id, "test");
    await store.append(id, 1, [{ type: "step.started", step: "plan" }]);
    const usage = { input: 1, output: 1, cacheRead: null, cacheWrite: null };
    const turn = { index: 0, model: "m", usage, usd, stopReason: "end_turn", text: "", calls: [] };
    await store.append(id, 1, [{ type: "agent.turn", step: "plan", role: "planner", turn }]);
    await store.completeRun(id, 1, { kind: "stopped", by: asker });
  }
});

test("a budget of zero is answered before anything starts", { timeout: 60_000 }, async () => {
  const repository = await world.repository(checkedFiles);
  const { number } = await world
    .as()
    .openIssue(repository, { title: "Sort the list of names", body: "All." });
  world.as().comment(repository, number, "/agent do --budget 0usd");
  expect(await world.reply(repository, number)).toContain("a budget of 0 means no run");
  expect(await world.writes(repository)).toEqual(onlyAReply);

  const inFile = await world.repository(withBudget("  usd: 0\n"));
  const { conclusion, words } = await world.askAndWait(inFile, { title: "Sort the list of names" });
  expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "settings.invalid" } });
  expect(words).toContain("line 2, `budget.usd`");
  expect(words).toContain("a budget of 0 means no run");
  expect(await world.writes(inFile)).toEqual(onlyAnAnswer);
});
