import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Model, ModelReply, ModelRequest } from "../../src/agent/model.ts";
import { factsOf } from "../../src/agent/model-catalog.ts";
import { realGit } from "../../src/git/git.ts";
import { Budget } from "../../src/run/budget.ts";
import type { RunEvent } from "../../src/run/events.ts";
import type { Finding, FindingAnswer } from "../../src/run/results.ts";
import type { Sandboxes } from "../../src/sandbox/sandbox.ts";
import { defaultSettings } from "../../src/settings/load-settings.ts";
import { reviewChange } from "../../src/steps/review-change.ts";
import type { Task } from "../../src/steps/task.ts";
import type { Workbench } from "../../src/steps/workbench.ts";
import { aTask } from "../support/agent-options.ts";
import { call, reply } from "../support/in-memory-model.ts";
import { runGit, sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { dockerSandboxes, sandboxImage } from "../support/start-sandbox.ts";

/** What each agent says, turn by turn; whoever has nothing to say hands in nothing. */
type Says = Partial<Record<"correctness" | "robustness" | "refuter", readonly (ModelReply | Error)[]>>;

let sample: SampleRepository & { headSha: string };

beforeAll(() => {
  const made = sampleRepository({
    "clamp.js": "exports.clamp = (value, low, high) => {\n  return value;\n};\n",
    "half.js": "exports.half = (value) => value / 3;\n",
  });
  const changed = "exports.clamp = (value, low, high) => {\n  return Math.min(value, high);\n};\n";
  runGit(made.work, "checkout", "-q", "-b", "topic");
  runGit(made.work, "commit", "-q", "--allow-empty", "-m", "Begin");
  writeFileSync(join(made.work, "clamp.js"), changed);
  runGit(made.work, "commit", "-q", "-a", "-m", "Clamp");
  runGit(made.work, "push", "-q", made.bare, "topic");
  sample = { ...made, headSha: runGit(made.work, "rev-parse", "HEAD").trim() };
  return () => made[Symbol.dispose]();
});

const shows = (name: string, args: string, expected: number) =>
  `node -e 'const got = require("/workspace/${name}.js").${name}(${args}); console.log("got", got); process.exit(got === ${expected} ? 0 : 1)'`;
const lowBound = shows("clamp", "-5, 0, 10", 0);
const finding = {
  severity: "blocking",
  path: "clamp.js",
  line: 2,
  quote: "return Math.min(value, high);",
  title: "The lower bound is ignored",
  body: "clamp(-5, 0, 10) gives -5.",
  asked: "`add(2, 2)` gives 5.",
  evidence: lowBound,
};
const ran = (command: string) => reply(call("bash", { command }));
const handsIn = (...findings: object[]) => reply(call("finish", { summary: "I ran it.", findings }));
const judges = (...verdicts: object[]) => reply(call("finish", { verdicts }));
const stands = judges({ id: "f1", verdict: "stands" });

async function review(says: Says, more: { earlier?: Finding[]; answers?: FindingAnswer[] } = {}) {
  const events: RunEvent[] = [];
  const sent: { agent: string; request: ModelRequest }[] = [];
  const purposes: string[] = [];
  const docker = dockerSandboxes(sample);
  const sandboxes: Sandboxes = {
    start: (spec) => {
      purposes.push(spec.purpose);
      return docker.start(spec);
    },
    sweep: (isAlive) => docker.sweep(isAlive),
    check: (image) => docker.check(image),
  };
  const turnsOf = new Map<string, number>();
  const model: Model = {
    id: "test-model",
    facts: factsOf("test-model"),
    send: async (request) => {
      const first = JSON.stringify(request.messages[0]);
      const isRefuter = request.system.startsWith("You are the refuter");
      const agent = isRefuter
        ? "refuter"
        : first.includes("\\n## correctness\\n")
          ? "correctness"
          : "robustness";
      const turn = turnsOf.get(agent) ?? 0;
      turnsOf.set(agent, turn + 1);
      sent.push({ agent, request });
      const next = says[agent]?.[turn] ?? (isRefuter ? stands : handsIn());
      if (next instanceof Error) throw next;
      return next;
    },
  };
  const settings = {
    ...defaultSettings,
    sandbox: { ...defaultSettings.sandbox, memoryMb: 256, diskMb: 128 },
  };
  const task: Task = {
    ...aTask({ verify: ["node --check clamp.js"] }),
    settings,
    baseRef: "main",
    baseSha: sample.commit,
    setup: [],
  };
  const budget = new Budget({ turns: 50 }, () => performance.now());
  const bench = {
    run: { id: "rtest", epoch: 1 },
    settings,
    git: realGit,
    sandboxes,
    image: sandboxImage,
    model: () => model,
    budget,
    mirror: sample.bare,
    emit: async (event: RunEvent) => void events.push(event),
    events: () => events,
  } as unknown as Workbench;
  const ended = await reviewChange(
    { step: (name, body) => body({ name, signal: AbortSignal.timeout(100_000) }), bench: async () => bench },
    {
      step: "review-1",
      task,
      headSha: sample.headSha,
      round: more.earlier === undefined ? 1 : 2,
      focus: "",
      earlierFindings: more.earlier ?? [],
      earlierAnswers: more.answers ?? [],
      signal: AbortSignal.timeout(100_000),
    },
  );
  return { ...ended, events, sent, purposes, budget };
}

describe("a review", { timeout: 120_000, concurrent: false }, () => {
  test("of a small change is made by two, the second after the first was answered once, in a sandbox each", async () => {
    const { result, events, sent, purposes, budget } = await review({
      correctness: [ran("true"), handsIn()],
    });
    expect(result).toEqual({ verdict: "approve", summary: "I ran it.", findings: [], unverified: [] });
    expect(sent[0]?.agent).toBe("correctness");
    const [first, second] = ["correctness", "robustness"].map((name) =>
      sent.find(({ agent }) => agent === name)!,
    );
    expect(second?.request.tools).toEqual(first?.request.tools);
    expect(second?.request.system).toBe(first?.request.system);
    const blocks = [first, second].map((one) => one?.request.messages[0]?.content ?? []);
    expect(blocks[1]?.slice(0, -1)).toEqual(blocks[0]?.slice(0, -1));
    expect(blocks[1]?.at(-1)).not.toEqual(blocks[0]?.at(-1));
    expect(purposes.toSorted()).toEqual(["review-1", "review-1-robustness-simplicity"]);
    const agents = events.flatMap((event) => (event.type === "agent.turn" ? [event.agent] : []));
    expect(new Set(agents)).toEqual(new Set(["correctness-tests", "robustness-simplicity"]));
    expect(events.filter(({ type }) => type === "check.ran")).toHaveLength(1);
    expect(budget.used().turns).toBe(3);
  });

  test("posts what was shown, run again and not refuted; a fault that two saw is one", async () => {
    const { result, purposes } = await review({
      correctness: [ran(lowBound), handsIn(finding)],
      robustness: [
        handsIn({ ...finding, severity: "important", evidence: null, title: "Low is not looked at" }),
      ],
    });
    expect(purposes).toHaveLength(3);
    expect(result).toMatchObject({
      verdict: "request_changes",
      findings: [
        {
          id: "f1",
          severity: "blocking",
          quote: "  return Math.min(value, high);",
          evidence: {
            exitCode: 1,
            output: "got -5",
            again: { exitCode: 1, isSame: true },
            atBase: { exitCode: 1 },
          },
        },
      ],
    });
    expect(result?.findings).toHaveLength(1);
  });

  test("does not let block what needs a file of the reviewer's, nor what was there before", async () => {
    const scratch = `test ! -e scratch`;
    const { result, sent } = await review({
      correctness: [
        ran("touch scratch"),
        ran(scratch),
        handsIn({ ...finding, asked: null, evidence: scratch, title: "Only here" }),
      ],
      robustness: [
        ran(lowBound),
        handsIn({
          ...finding,
          asked: null,
          line: 3,
          quote: "};",
          title: "Was there",
          body: "Others words wholly.",
        }),
      ],
      refuter: [judges({ id: "f1", verdict: "stands" })],
    });
    expect(result?.verdict).toBe("approve");
    expect(result?.findings).toMatchObject([
      {
        title: "Only here",
        severity: "important",
        note: expect.stringContaining("exit code 0; so it does not block"),
      },
      { title: "Was there", severity: "minor", wasThere: true },
    ]);
    // What was there before is a note, and nothing to refute.
    const asked = JSON.stringify(sent.find(({ agent }) => agent === "refuter")?.request.messages);
    expect(asked).not.toContain("Was there");
  });

  test("is doubted on a clean checkout, whatever a command did when it was run again", async () => {
    const takesAway = "test ! -e scratch && rm clamp.js";
    const isThere = "test -e clamp.js";
    const { result } = await review({
      correctness: [ran("touch scratch"), ran(takesAway), handsIn({ ...finding, evidence: takesAway })],
      refuter: [
        ran(isThere),
        judges({ id: "f1", verdict: "refuted", reason: "It is there.", command: isThere }),
      ],
    });
    expect(result?.dropped).toMatchObject([{ reason: expect.stringContaining("(exit code 0)") }]);
  });

  test("drops what is refuted by a command, and says why", async () => {
    const shown = "node --check clamp.js";
    const { result, sent } = await review({
      robustness: [handsIn({ ...finding, severity: "important", evidence: null, asked: null })],
      refuter: [
        judges({ id: "f1", verdict: "refuted", reason: "It parses.", command: "never run" }),
        ran(shown),
        judges({ id: "f1", verdict: "refuted", reason: "It parses.", command: shown }),
      ],
    });
    expect(result).toMatchObject({
      verdict: "approve",
      findings: [],
      dropped: [
        {
          because: "refuted",
          finding: { id: "f1" },
          reason: `It parses. Seen with \`${shown}\` (exit code 0).`,
        },
      ],
    });
    const told = sent.filter(({ agent }) => agent === "refuter").at(-1)?.request.messages;
    expect(JSON.stringify(told)).toContain("is not one that you ran with bash here");
  });

  test("keeps what one found when the other comes to no end, and is no approval then", async () => {
    const silent = reply("Hm.");
    const { result, gaveUp } = await review({
      correctness: [silent, silent, silent, silent],
      robustness: [handsIn({ ...finding, severity: "minor", evidence: null })],
    });
    expect(gaveUp).toBeNull();
    expect(result).toMatchObject({
      verdict: "incomplete",
      findings: [{ severity: "minor" }],
      unfinished: [{ lenses: ["correctness", "tests"] }],
    });
    expect(result?.unverified[0]).toContain("The review of correctness and tests did not come to an end.");
  });

  test("drops nothing when the refuter comes to no end", async () => {
    const silent = reply("Hm.");
    const { result } = await review({
      robustness: [handsIn({ ...finding, severity: "important", evidence: null })],
      refuter: [silent, silent, silent, silent],
    });
    expect(result?.findings).toHaveLength(1);
    expect(result?.unverified).toContainEqual(expect.stringContaining("Nobody tried to refute the findings"));
  });

  test("of a second round repeats nothing, unless its command still fails", async () => {
    const { result: one } = await review({ correctness: [ran(lowBound), handsIn(finding)] });
    const earlier = [...one!.findings];
    const answers: FindingAnswer[] = [{ findingId: "f1", action: "fixed", reply: "Done." }];
    const reworded = { ...finding, title: "Nothing holds below", body: "Too small values pass." };

    const again = await review(
      { robustness: [handsIn({ ...reworded, severity: "important", evidence: null })] },
      { earlier, answers },
    );
    expect(again.result).toMatchObject({
      verdict: "approve",
      findings: [],
      dropped: [{ because: "answered_before" }],
    });
    expect(again.purposes).toHaveLength(2);

    const still = await review({ robustness: [ran(lowBound), handsIn(reworded)] }, { earlier, answers });
    expect(still.result).toMatchObject({ verdict: "request_changes", findings: [{ id: "f1" }] });
  });

  test("keeps a suggestion that applies and parses, and drops one that does not", async () => {
    const minor = { ...finding, severity: "minor", evidence: null };
    const { result } = await review({
      correctness: [handsIn({ ...minor, suggestion: "  return Math.max(low, Math.min(value, high));" })],
      robustness: [
        handsIn({ ...minor, line: 3, quote: "};", title: "Other", body: "Words.", suggestion: "}};" }),
      ],
    });
    expect(result?.findings.map(({ suggestion }) => suggestion)).toEqual([
      "  return Math.max(low, Math.min(value, high));",
      null,
    ]);
  });
});
