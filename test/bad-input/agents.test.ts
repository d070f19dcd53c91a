import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish } from "../../src/demo/scripts/calls.ts";
import { BadInputWorld } from "./support/bad-input-world.ts";
import { changed, checkedFiles, coder, commit } from "./support/scenes.ts";
import { onlyAnAnswer } from "./support/writes.ts";

let world: BadInputWorld;
beforeAll(async () => {
  world = await BadInputWorld.start();
});
afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

/** The same answer however often it is asked. */
function always(role: Scene["role"], when: string | RegExp, turn: Scene["turns"][number]): Scene {
  return { role, when, turns: Array.from({ length: 8 }, () => turn) };
}

describe("an agent that changes nothing", { concurrent: true, timeout: 120_000 }, () => {
  test("because nothing is to be done is believed, with its reason", async () => {
    const repository = await world.repository(checkedFiles);
    const reason = "The README says so already, in its first line. @everyone";
    world.script({
      role: "coder",
      when: "Say that these are notes",
      turns: [{ calls: [{ tool: "finish", input: { outcome: "nothing_to_do", reason } }] }],
    });
    const { conclusion, words } = await world.askAndWait(repository, { title: "Say that these are notes" });
    expect(conclusion).toMatchObject({ kind: "no_change" });
    expect(words).toContain("### Nothing was changed\n\nThe README says so already, in its first line.");
    expect(words).not.toMatch(/(^|\s)@everyone/);
    expect(words).toContain("If that is not what you meant, say more and write the command again.");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("and only talks is given up, with its last words", async () => {
    const repository = await world.repository(checkedFiles);
    world.script(always("coder", "Sing a song", { say: "La la la." }));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Sing a song" });
    expect(conclusion).toMatchObject({ kind: "no_change" });
    expect(words).toContain("The model's answers came to nothing, so it was ended.");
    expect(words).toContain("It answered without doing anything: La la la.");
    expect(words).toContain("Say more exactly what should change, and write the command again");
    expect(words).toContain("`--model coder=opus`");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("and calls tools that do not exist is given up", async () => {
    const repository = await world.repository(checkedFiles);
    world.script(always("coder", "Fly away", { calls: [{ tool: "fly", input: { to: "the moon" } }] }));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Fly away" });
    expect(conclusion).toMatchObject({ kind: "no_change" });
    expect(words).toContain("Its calls could not be used: There is no tool fly.");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("because the model refuses says so, and how to ask differently", async () => {
    const repository = await world.repository(checkedFiles);
    world.script(
      always("coder", "Write a worm", { say: "I can't help with malware.", stopReason: "refusal" }),
    );
    const { conclusion, words } = await world.askAndWait(repository, { title: "Write a worm" });
    expect(conclusion).toMatchObject({ kind: "no_change" });
    expect(words).toContain("The model refused to work on this. It said: “I can't help with malware.”");
    expect(words).toContain("Say in other words what you want and what it is for");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("but says that it is done, without a commit, is not believed", async () => {
    const repository = await world.repository(checkedFiles);
    world.script(always("coder", "Pretend to work", { calls: [changed()] }));
    const { conclusion, words } = await world.askAndWait(repository, { title: "Pretend to work" });
    expect(conclusion).toMatchObject({ kind: "no_change" });
    expect(words).toContain("nothing was committed on this branch");
    expect(words).toContain("write the command again");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });

  test("because the plan has used up the budget says how to allow more", async () => {
    const settings = "budget:\n  turns: 1\n";
    const repository = await world.repository({ ...checkedFiles, ".github/handback.yml": settings });
    const { conclusion, words } = await world.askAndWait(repository, { title: "Sort the list of names" });
    expect(conclusion).toMatchObject({ kind: "no_change" });
    expect(words).toContain("The budget of this run is used up: 1 of 1 turns used.");
    expect(words).toContain("raise `budget.turns` in `.github/handback.yml`");
    expect(await world.writes(repository)).toEqual(onlyAnAnswer);
  });
});

describe(
  "work that did not come to its end is handed back as a draft",
  { concurrent: true, timeout: 150_000 },
  () => {
    const aDraft = { comments: 1, eyes: 1, otherReactions: 0, checkRuns: 1, pulls: ["#2 draft"] };

    test("when the money is used up after the first commit", async () => {
      const settings = "budget:\n  usd: 0.05\n";
      const repository = await world.repository({ ...checkedFiles, ".github/handback.yml": settings });
      // So long an answer costs more than the whole run may.
      const long = `cat > long.txt <<'END'\n${"a long text ".repeat(3_500)}\nEND\n${commit}`;
      world.script(coder("Write a long text", [long]));
      const { conclusion, words } = await world.askAndWait(repository, { title: "Write a long text" });
      expect(conclusion).toMatchObject({ kind: "handed_back", pullNumber: 2, verdict: "not_reviewed" });
      expect(words).toContain("### Handed back unfinished: #2, for you, @mara");
      expect(words).toMatch(
        /\*\*Unfinished:\*\* The budget of this run is used up: \$0\.\d\d of \$0\.05 spent\./,
      );
      expect(words).toContain(
        "write `/agent fix <what is left>` on the pull request, with `--budget 20usd` at the end of its line",
      );
      expect(words).toContain("was not reviewed. It stays a draft.");
      expect(words).toMatch(/In the coder's own sandbox[^]*\| `make test` \| ✅ passed/);
      expect(await world.writes(repository)).toMatchObject({ ...aDraft, reviews: 0 });
    });

    test("when the coder gives up with a tree that was not committed", async () => {
      const repository = await world.repository(checkedFiles);
      world.script({
        role: "coder",
        when: "Leave work lying about",
        turns: [
          { calls: [bash("echo half >> README.md; echo new > new.txt")] },
          ...Array.from({ length: 4 }, () => ({ say: "I do not know what to do now." })),
        ],
      });
      const { conclusion, words } = await world.askAndWait(repository, { title: "Leave work lying about" });
      expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "not_reviewed" });
      expect(words).toContain("**Unfinished:** The model's answers came to nothing, so it was ended.");
      expect(await world.writes(repository)).toMatchObject({ ...aDraft, reviews: 0 });
      const { pull } = world.github.repository(repository).issues[1]!;
      expect(pull!.issue.body).toContain("**Unfinished.**");
    });

    test("when the checks still fail at the third try, whatever the reviewer says", async () => {
      const repository = await world.repository(checkedFiles);
      const breakIt = `echo 'echo "the readme has no title"; exit 7' > check.sh; date +%N >> README.md; ${commit}`;
      world.script(
        coder(/Break the checks[^]*its checks fail/, [`date +%N >> README.md; ${commit}`]),
        coder("Break the checks", [breakIt]),
      );
      const { run, conclusion, words } = await world.askAndWait(repository, { title: "Break the checks" });
      expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "open_findings" });
      expect(words).toContain("### Handed back with failing checks: #2");
      expect(words).toMatch(/the checks fail on `\w{7}`, so it is not approved and stays a draft/);
      expect(words).toContain("write `/agent fix <what to do about it>` on #2");
      expect(words).toContain("> I read it; it holds.");
      expect(words).toContain("| `make test` | ❌ exit 2 |");
      expect(words).toContain("the readme has no title");
      expect(words).not.toContain("approves");
      expect(await world.writes(repository)).toMatchObject({ ...aDraft, reviews: 1 });
      const events = await world.handback.store.readEvents(run.id);
      const ran = events.filter(({ event }) => event.type === "check.ran" && event.step === "write-code");
      // Three tries; in each the check that passed at base is run twice more, since it might be flaky.
      expect(ran).toHaveLength(3 * 3);
    });

    test("when the setup command fails, after one try, with what it said", async () => {
      const settings = "setup: echo the registry is away; exit 3\n";
      const repository = await world.repository({ ...checkedFiles, ".github/handback.yml": settings });
      world.script(coder("Work without a setup", [`echo more >> README.md; ${commit}`]));
      const { conclusion, words } = await world.askAndWait(repository, { title: "Work without a setup" });
      expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "open_findings" });
      expect(words).toContain("### Handed back with failing checks: #2");
      expect(words).toContain("| `echo the registry is away; exit 3` | ❌ exit 3 |");
      expect(words).toContain(
        "`echo the registry is away; exit 3` ends with:\n\n```\nthe registry is away\n```",
      );
      expect(await world.writes(repository)).toMatchObject({ ...aDraft, reviews: 1 });
      const prompts = world.model.requests.map((request) => JSON.stringify(request.messages[0]));
      const told = prompts.find(
        (prompt) => prompt.includes("Work without a setup") && prompt.includes("Before you begin"),
      );
      expect(told).toContain("the registry is away");
    });

    test("when the coder gives up on what the reviewer has found", async () => {
      const repository = await world.repository(checkedFiles);
      const finding = {
        severity: "important" as const,
        path: "README.md",
        line: 2,
        quote: "more",
        title: "The line says nothing",
        body: "A reader learns nothing from `more`.",
        suggestion: null,
        evidence: null,
      };
      const found = finish({ summary: "One thing.", findings: [finding], unverified: [] });
      world.script(
        always("coder", /Answer in circles[^]*was reviewed/, { say: "Hm." }),
        coder("Answer in circles", [`echo more >> README.md; ${commit}`]),
        { role: "reviewer", when: "Answer in circles", turns: [{ calls: [found] }] },
      );
      const { conclusion, words } = await world.askAndWait(repository, { title: "Answer in circles" });
      expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "open_findings" });
      expect(words).toContain("**Unfinished:** The model's answers came to nothing, so it was ended.");
      expect(words).toContain("write `/agent fix <what is left>` on the pull request");
      expect(words).toContain("1 found, 0 fixed, 1 open");
      expect(await world.writes(repository)).toMatchObject({ ...aDraft, reviews: 1 });
    });

    test("when the reviewer gives up", async () => {
      const repository = await world.repository(checkedFiles);
      world.script(
        coder("Tire the reviewer", [`echo more >> README.md; ${commit}`]),
        always("reviewer", "Tire the reviewer", { say: "Hm." }),
      );
      const { conclusion, words } = await world.askAndWait(repository, { title: "Tire the reviewer" });
      expect(conclusion).toMatchObject({ kind: "handed_back", verdict: "not_reviewed" });
      expect(words).toContain("### Handed back unfinished: #2");
      expect(words).toContain(
        "was not reviewed. It stays a draft. To go on from here, write `/agent review` on #2.",
      );
      expect(words).toContain(
        "> The model's answers came to nothing, so it was ended. It answered without doing anything: Hm.",
      );
      expect(await world.writes(repository)).toMatchObject({ ...aDraft, reviews: 1 });
      const [review] = world.github.repository(repository).issues[1]!.pull!.reviews;
      expect(review!.body).toContain("### Review: not finished");
    });
  },
);

test("a repository in which no check is found is worked on all the same, and told how to name one", async () => {
  const repository = await world.repository({ "README.md": "# Notes\n" });
  world.script(coder("Write a second note", [`echo more >> README.md; ${commit}`]));
  const { conclusion, words } = await world.askAndWait(repository, { title: "Write a second note" });
  expect(conclusion).toMatchObject({ kind: "handed_back" });
  const howToNameOne =
    "No check command was found. Name yours under `verify:` in `.github/handback.yml`, and the next run will use it.";
  expect(words).toContain(howToNameOne);
  const { pull } = world.github.repository(repository).issues[1]!;
  expect(pull!.reviews[0]!.body).toContain(howToNameOne);
}, 120_000);

test("a wrong key of the model's account is for the operator, and the asker is told so", async () => {
  await using other = await BadInputWorld.start({ environment: { ANTHROPIC_API_KEY: "sk-wrong-key-1234" } });
  const repository = await other.repository(checkedFiles);
  const { conclusion, words } = await other.askAndWait(repository, { title: "Sort the list of names" });
  expect(conclusion).toMatchObject({ kind: "failed", failure: { code: "model.key_rejected" } });
  expect(words).toContain("**The model server does not accept the API key.**");
  expect(words).toContain(
    "The operator sets a valid ANTHROPIC_API_KEY and starts Handback again; then write the command again.",
  );
  expect(words + other.log.join("")).not.toContain("sk-wrong-key-1234");
  expect(await other.writes(repository)).toEqual(onlyAnAnswer);
}, 60_000);
