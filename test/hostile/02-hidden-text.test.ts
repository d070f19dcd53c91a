/**
 * Row 2, hidden text: what the reader of an issue, a comment or a file does not see reaches no model. The corpus stands in every
 * field of every role's real prompt, and once all the way from GitHub to a model that records what it is asked.
 */
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { ModelReply } from "../../src/agent/model.ts";
import { printable } from "../../src/agent/printable.ts";
import { visibleText } from "../../src/agent/visible-text.ts";
import { revise, writeCode } from "../../src/roles/coder/coder.ts";
import { plan } from "../../src/roles/planner/planner.ts";
import { refute } from "../../src/roles/refuter/refuter.ts";
import { review, type ReviewMaterial } from "../../src/roles/reviewer/reviewer.ts";
import type { Task } from "../../src/roles/task.ts";
import type { CheckResult } from "../../src/run/events.ts";
import { newest, room } from "../../src/steps/read-remarks.ts";
import { aFinding } from "../support/a-finding.ts";
import { agentSurroundings } from "../support/agent-options.ts";
import { call, InMemoryModel, reply } from "../support/in-memory-model.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";
import { BadInputWorld } from "../bad-input/support/bad-input-world.ts";
import { checkedFiles, coder, commit } from "../bad-input/support/scenes.ts";
import {
  entity,
  everyHiddenCharacter,
  everyHiddenText,
  hiddenCharacter,
  hiddenCharacters,
  hiddenMarkup,
  hiddenWords,
} from "./support/hidden-texts.ts";

test.each(Object.entries({ ...hiddenCharacters, ...hiddenMarkup }))(
  "what %s hide in prose is gone, and what is seen stays",
  (_name, text) => {
    const shown = visibleText(text);
    expect(shown).not.toContain(hiddenWords);
    expect(shown).not.toMatch(hiddenCharacter);
    expect(shown).not.toMatch(entity);
    expect(shown).toContain("seen");
  },
);

test.each(Object.entries(hiddenCharacters))("in code and output, %s show as what they are", (name, text) => {
  const shown = printable(text);
  expect(shown).not.toMatch(hiddenCharacter);
  if (name !== "control characters") expect(shown).toContain("⟦U+");
});

/** Fields that people write as prose; those that hold code or names are given the characters only, since markup is seen there. */
const prose = everyHiddenText();
const code = everyHiddenCharacter;

const task: Task = {
  title: code,
  body: prose,
  author: code,
  request: prose,
  asker: code,
  notes: prose,
  branch: code,
  verify: [`npm test ${code}`],
  said: {
    instructions: [{ author: code, at: "", text: prose }],
    claims: [{ author: code, at: "", text: prose, place: `${code}.ts:3` }],
    leftOut: 2,
  },
};
const check: CheckResult = { command: code, exitCode: 1, reason: "exited", seconds: 1, tail: code };
const failedCheck: CheckResult = { ...check, tests: { passed: [], failed: [code], isWhole: true } };
const one = { command: code, test: code };
const finding = aFinding({
  path: code,
  title: code,
  body: code,
  quote: code,
  suggestion: code,
  note: code,
  evidence: { command: code, exitCode: 1, output: code },
});
const comparison = {
  hasBase: true,
  failToPass: [one],
  passToFail: [one],
  stillFailing: [one],
  newPassing: [one],
  newFailing: [one],
  vanished: [one],
  flaky: [one],
  proof: { kind: "proven" as const, tests: [one] },
  changedSourceWithoutTest: true,
};
const material: ReviewMaterial = {
  diff: `diff --git a/x b/x\n+${code}`,
  base: "abc123",
  checks: [failedCheck],
  comparison,
  round: 2,
  earlierFindings: [finding],
  earlierAnswers: [{ findingId: "f1", action: "declined", reply: code }],
  focus: prose,
  instructions: prose,
};
const nothing = reply(call("finish", { outcome: "nothing_to_do", reason: "It is done." }));
const gaveUp = Array.from({ length: 5 }, () => reply("…"));
const findsNothing = reply(call("finish", { summary: "I ran it.", findings: [], no_test_needed: "None." }));
const look = reply(call("bash", { command: `printf '%s' '${code.replaceAll("\u0000", "")}'; cat h*` }));

const speakers = {
  planner: {
    replies: [look, reply(call("finish", { summary: "x", steps: ["y"] }))],
    ask: (options: Surroundings) => plan(options),
  },
  coder: {
    replies: [look, nothing],
    ask: (options: Surroundings) =>
      writeCode({
        ...options,
        base: "HEAD",
        plan: { summary: code, steps: [code], risks: [code] },
        feedback: { kind: "checks_failed", checks: [failedCheck], comparison },
        failedBefore: [failedCheck],
      }),
  },
  "coder who takes over": {
    replies: [look, nothing],
    ask: (options: Surroundings) =>
      writeCode({
        ...options,
        base: "HEAD",
        plan: null,
        feedback: { kind: "tried_below", learned: code, from: "abc", hasCommits: true },
      }),
  },
  "coder whose commits were refused": {
    replies: gaveUp,
    ask: (options: Surroundings) =>
      revise({ ...options, base: "HEAD", findings: [finding], feedback: { kind: "refused", reason: code } }),
  },
  reviewer: {
    replies: [look, findsNothing],
    ask: (options: Surroundings) =>
      review({ ...options, ...material, lenses: ["tests"], head: async () => null }),
  },
  refuter: {
    replies: [look, reply(call("finish", { verdicts: [{ id: "f1", verdict: "stands" }] }))],
    ask: (options: Surroundings) => refute({ ...options, material, findings: [finding] }),
  },
} satisfies Record<
  string,
  { replies: readonly ModelReply[]; ask: (options: Surroundings) => Promise<unknown> }
>;
type Surroundings = Awaited<ReturnType<typeof surroundings>>;

async function surroundings(replies: readonly ModelReply[]) {
  const sandbox = await LocalDirectorySandbox.create({ "h.txt": code, "a.js": "1\n" });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const { turns: _, ...rest } = agentSurroundings();
  return { ...rest, sandbox, task, model: new InMemoryModel(replies) };
}

test.each(Object.entries(speakers))(
  "nothing of it is in what the %s is asked",
  async (_name, { replies, ask }) => {
    const options = await surroundings(replies);
    await ask(options);
    const { requests } = options.model;
    expect(requests.length).toBeGreaterThanOrEqual(2);
    for (const { system, messages, tools } of requests) {
      // What the model itself said is no one else's word.
      const texts = messages.flatMap((message) =>
        message.role === "user" ? message.content.map(({ text }) => text) : [],
      );
      expect(texts.join("\n")).toContain("seen");
      for (const text of [system, ...texts, JSON.stringify(tools)]) {
        expect(text).not.toMatch(hiddenCharacter);
        expect(text).not.toContain(hiddenWords);
      }
    }
  },
);

/** What hides starts where a remark is shown, and ends far behind where it is cut. */
const far = `${hiddenWords} ${"filler ".repeat(2_700)}`;
test.each(
  Object.entries({
    "a comment": `seen <!-- ${far}--> seen`,
    "a link's title": `[seen](https://x.example "${far}") seen`,
    "an alt text": `seen ![${far}](https://x.example/y.png)`,
    "an attribute": `seen <b title="${far}">seen</b>`,
  }),
)("a remark is cut when it is clean: %s that ends far behind hides all the same", async (_name, text) => {
  const [shown] = await newest([{ author: "mallory", at: "", text }], room.claims);
  expect(shown?.text).toContain("seen");
  expect(shown?.text).not.toContain(hiddenWords);
});

test("a remark that is longer than any on GitHub is not read, and not cut", async () => {
  const remark = (text: string) => ({ author: "mallory", at: "", text });
  const emojis = "😀".repeat(65_535);
  const shown = await newest([remark(`seen <!-- ${"x".repeat(140_000)}`), remark(emojis)], room.claims);
  expect(shown.map(({ text }) => text.slice(0, 4))).toEqual(["😀😀"]);
});

test("while many long remarks are cleaned, others have their turn between any two of them", async () => {
  const text = "<!".repeat(32_000);
  const remarks = Array.from({ length: 10 }, () => ({ author: "mallory", at: "", text }));
  let turns = 0;
  const ticking = setInterval(() => (turns += 1), 0);
  onTestFinished(() => clearInterval(ticking));
  await newest(remarks, room.claims);
  expect(turns).toBeGreaterThanOrEqual(5);
});

let world: BadInputWorld;
beforeAll(async () => {
  world = await BadInputWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

test("from GitHub to the model, through title, text, comments, notes, settings and files", async () => {
  const repository = await world.repository({
    ...checkedFiles,
    "AGENTS.md": `seen in the notes\n\n${prose}`,
    ".github/handback.yml": `review:\n  instructions: ${JSON.stringify(`seen in the rules\n\n${prose}`)}\n`,
    "hidden.txt": `seen in a file ${code.replaceAll("\u0000", "")}\n`,
  });
  world.script(
    coder(/Hidden everywhere/, ["cat hidden.txt", "cp hidden.txt more.txt", commit], {
      title: "Copy it",
      summary: "Copied.",
    }),
  );
  const person = world.as();
  world.github.createUser({ login: "outsider" });
  const text = prose.replaceAll("\u0000", "");
  const { number } = await person.openIssue(repository, {
    title: `Hidden everywhere ${[...code.replaceAll("\u0000", "")].slice(0, 80).join("")}`,
    body: `seen in the body\n\n${text}`,
  });
  world.as("outsider").comment(repository, number, `seen in a claim\n\n${text}`);
  person.comment(repository, number, `seen in a comment\n\n${text}`);
  person.comment(repository, number, `/agent do seen in the command\n\n${text}`);
  const { conclusion } = await world.ended(repository, number);
  expect(conclusion.kind).toBe("handed_back");

  const asked = world.model.requests.map(({ system, messages, tools }) => ({
    system,
    tools,
    told: messages.filter(({ role }) => role === "user"),
  }));
  const all = JSON.stringify(asked);
  for (const place of [
    "the body",
    "a comment",
    "a claim",
    "the command",
    "the notes",
    "the rules",
    "a file",
  ]) {
    expect(all).toContain(`seen in ${place}`);
  }
  expect(all).not.toMatch(hiddenCharacter);
  expect(all).not.toMatch(/\\u(?:0000|001b|2028)/);
  expect(all).not.toContain(hiddenWords);
}, 120_000);
