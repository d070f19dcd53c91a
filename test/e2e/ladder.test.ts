import { expect, onTestFinished, test } from "vitest";
import { bash, edit, finish } from "../../src/demo/scripts/calls.ts";
import type { Scene, Script } from "../../src/demo/script.ts";
import { E2eWorld } from "../support/e2e-world.ts";
import { clampIssue } from "./support/clamp-story.ts";
import { eventsOf } from "./support/kill-points.ts";
import { onGitHub } from "./support/on-github.ts";

test(
  "killed on the second rung, a run goes on there: with the stronger model, what was learned, and the commits of the first",
  { timeout: 150_000 },
  async () => {
    const world = await E2eWorld.start({ script: twoRungs, files: { ".github/handback.yml": settings } });
    onTestFinished(() => world[Symbol.asyncDispose]());
    const first = await world.startHandback();
    await world.ask();
    await world.until(() => eventsOf(world).some(({ type }) => type === "rung.ended"));
    await first.kill();
    const asked = world.model.requests.length;

    await world.startHandback();

    expect(await world.conclusion()).toMatchObject({ kind: "handed_back", verdict: "approve" });
    const events = world.journal.events();
    const rungs = events.flatMap(({ event }) => (event.type === "rung.ended" ? [event] : []));
    expect(rungs).toMatchObject([
      { step: "write-code", rung: 1, model: "claude-haiku-5-5", outcome: "checks_failed" },
      { step: "write-code", rung: 2, model: "claude-sonnet-5-5", outcome: "good", learned: "" },
    ]);
    const coders = events.flatMap(({ epoch, event }) =>
      event.type === "agent.turn" && event.role === "coder" && epoch === 2 ? [event.turn.model] : [],
    );
    expect(new Set(coders)).toEqual(new Set(["claude-sonnet-5-5"]));
    const prompts = world.model.requests.slice(asked).map(({ messages }) => JSON.stringify(messages[0]));
    const lesson = prompts.find((prompt) => prompt.includes("# What was tried before you"));
    expect(lesson).toContain("claude-haiku-5-5 tried 3 times.");
    expect(lesson).toContain("Its commits are on this branch");

    const { comments, pulls } = await onGitHub(world);
    expect(pulls).toHaveLength(1);
    const commits = await world.github.git.commitsOfPull(pulls[0]!);
    const subjects = commits.map(({ message }) => message.trim());
    expect(subjects.toSorted()).toEqual(["Clamp, wrongly", "Mend it", "Try again", "Try again"]);
    expect(comments[0]).toMatch(/\| 1 \| `claude-haiku-5-5` \| ❌ checks failed \| 6 \|/);
    expect(comments[0]).toMatch(/\| 2 \| `claude-sonnet-5-5` \| ✅ managed \| \d+ \|/);
  },
);

const settings =
  "verify: node check.js\nescalate: [haiku, sonnet]\nsandbox:\n  memoryMb: 512\n  diskMb: 128\nreview:\n  rounds: 1\n";

const done = finish({
  outcome: "changed",
  title: "Clamp values",
  summary: "It clamps.",
  unverified: [],
  answers: [],
});

const twoRungs: Script = {
  scenes: [
    coder("# What was tried before you", [
      // Long enough for a kill.
      bash("sleep 4"),
      edit("clamp.js", { old: "return NaN;", new: "return Math.min(value, high);" }),
      bash("git commit -q -a -m 'Mend it'"),
    ]),
    coder("# What is wrong now", [bash("git commit -q --allow-empty -m 'Try again'")]),
    coder(clampIssue.title, [
      edit("clamp.js", { old: "return value;", new: "return NaN;" }),
      bash("git commit -q -a -m 'Clamp, wrongly'"),
    ]),
    {
      role: "planner",
      when: clampIssue.title,
      turns: [{ calls: [finish({ summary: "Bound it.", steps: ["Do it."], risks: [] })] }],
    },
    {
      role: "reviewer",
      when: clampIssue.title,
      turns: [
        {
          calls: [
            finish({
              summary: "It holds.",
              findings: [],
              unverified: [],
              no_test_needed: "The check is outside.",
            }),
          ],
        },
      ],
    },
  ],
};

function coder(when: string, calls: ReturnType<typeof bash>[]): Scene {
  return { role: "coder", when, turns: [{ calls }, { calls: [done] }] };
}
