import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { defaultSettings, loadSettings } from "../../src/settings/load-settings.ts";
import { settingsJsonSchema } from "../../src/settings/schema.ts";

function settings(text: string | null) {
  const loaded = loadSettings(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.settings;
}

function problems(text: string) {
  const loaded = loadSettings(text);
  if (loaded.ok) throw new Error("nothing was wrong");
  return loaded.problems;
}

const full = `
models: { preset: opusplan, coder: haiku }
effort: { coder: low }
escalate: [haiku, sonnet]
budget:
  turns: 50
  tokens: 2000
  usd: 2.5
  minutes: 10
  perDay: { person: { usd: 5 }, repository: { tokens: 1000000 } }
setup: npm ci
verify:
  - npm run lint
  - npm test
sandbox:
  image: registry.example.com/team/image:1
  memoryMb: 4096
  cpus: 1.5
  pids: 100
  diskMb: 512
  minutes: 5
network:
  - registry.example.com
  - { host: "*.example.org", methods: [POST] }
  - host: docs.example.com
review: { rounds: 1, instructions: Look at the locks., lenses: [tests], comments: 3 }
denyPaths: [migrations/**]
`;

const opusplan = { planner: "opus", coder: "sonnet", reviewer: "opus", improver: "opus", helper: "haiku" };

describe("settings", () => {
  test.each([null, "", "# nothing but a comment\n", "---\n"])(
    "are the defaults when the file is absent or empty: %j",
    (text) => {
      expect(settings(text)).toEqual(defaultSettings);
    },
  );

  test("take every key", () => {
    expect(settings(full)).toEqual({
      label: "agent",
      models: { planner: "opus", coder: "haiku", reviewer: "opus", improver: "opus", helper: "haiku" },
      effort: { ...defaultSettings.effort, coder: "low" },
      escalate: ["haiku", "sonnet"],
      budget: {
        turns: 50,
        tokens: 2000,
        usd: 2.5,
        minutes: 10,
        perDay: { person: { usd: 5, tokens: null }, repository: { usd: null, tokens: 1_000_000 } },
      },
      setup: ["npm ci"],
      verify: ["npm run lint", "npm test"],
      sandbox: {
        image: "registry.example.com/team/image:1",
        memoryMb: 4096,
        cpus: 1.5,
        pids: 100,
        diskMb: 512,
        minutes: 5,
      },
      network: [
        { host: "registry.example.com", methods: ["GET", "HEAD"] },
        { host: "*.example.org", methods: ["POST"] },
        { host: "docs.example.com", methods: ["GET", "HEAD"] },
      ],
      review: { rounds: 1, instructions: "Look at the locks.", lenses: ["tests"], comments: 3 },
      denyPaths: ["migrations/**"],
    });
  });

  test("keep the other defaults of a group of which one key is given", () => {
    expect(settings("budget:\n  usd: 1\n").budget).toEqual({ ...defaultSettings.budget, usd: 1 });
  });

  test.each([
    ["models: opusplan", opusplan],
    [
      "models: haiku",
      { planner: "haiku", coder: "haiku", reviewer: "haiku", improver: "haiku", helper: "haiku" },
    ],
    ["models: { reviewer: claude-opus-5-5 }", { ...opusplan, reviewer: "claude-opus-5-5" }],
  ])("know presets and roles: %s", (text, expected) => {
    expect(settings(text).models).toEqual(expected);
  });

  test("let the operator's models stand where the file is silent", () => {
    const operator = { operator: { coder: "local-model" } };
    expect(loadSettings("", operator)).toMatchObject({
      settings: { models: { planner: "opus", coder: "local-model" } },
    });
    expect(loadSettings("models: opus", operator)).toMatchObject({ settings: { models: { coder: "opus" } } });
  });

  test("with an empty list of verify commands run none, which is not the same as detecting them", () => {
    expect(settings("verify: []").verify).toEqual([]);
    expect(settings("").verify).toBeNull();
  });
});

describe("a wrong file", () => {
  test("names line, path, fault and mend of every problem at once", () => {
    const text =
      "verify: x\nbugdet:\n  usd: 5\nsandbox:\n  memoryMB: 4096\n  cpus: many\nreview:\n  rounds: 99\n";
    expect(problems(text)).toEqual([
      { line: 6, path: "sandbox.cpus", message: expect.any(String), mend: "Write a number there." },
      {
        line: 5,
        path: "sandbox.memoryMB",
        message: "There is no such setting.",
        mend: "Did you mean `memoryMb`?",
      },
      { line: 8, path: "review.rounds", message: expect.any(String), mend: "Use 10 or less." },
      { line: 2, path: "bugdet", message: "There is no such setting.", mend: "Did you mean `budget`?" },
    ]);
  });

  test.each([
    ["broken YAML", "setup: x\nbudget: {usd: 5\nverify: x\n", 3, ""],
    ["a key twice", "setup: a\nverify: x\nsetup: b\n", 3, ""],
    ["a list instead of a map", "- label\n", 1, ""],
    ["a text instead of a map", "just text\n", 1, ""],
    [
      "a wrong item of a list",
      "network:\n\n  - good.example.com\n  - https://bad.example.com/\n",
      4,
      "network.1",
    ],
    [
      "a wrong method",
      "network:\n  - host: api.example.com\n    methods: [GET, STEAL]\n",
      3,
      "network.0.methods.1",
    ],
    [
      "a wrong key of a host",
      "network:\n  - host: api.example.com\n    method: [GET]\n",
      3,
      "network.0.method",
    ],
    ["a wrong role", "models:\n  planner: opus\n  boss: opus\n", 3, "models.boss"],
    ["an unknown preset", "setup: x\n\nmodels: gigaplan\n", 3, "models"],
    ["a number as a command", "verify:\n  - npm test\n  - 7\n", 3, "verify.1"],
    ["an empty command", "verify: ''\n", 1, "verify"],
    ["a negative budget", "budget:\n  usd: -1\n", 2, "budget.usd"],
    ["a broken number", "budget:\n  turns: 1.5\n", 2, "budget.turns"],
  ])("says where the fault is: %s", (_name, text, line, path) => {
    const [problem] = problems(text);
    expect(problem).toMatchObject({ line, path });
    expect(problem!.message).not.toBe("");
    expect(problem!.mend).not.toBe("");
  });

  test("with aliases that would grow without end is refused", () => {
    const bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n";
    expect(problems(bomb)[0]!.mend).toContain("anchors");
  });

  test("whatever it holds, is answered in values", () => {
    const anything = fc.oneof(
      fc.string({ unit: "binary", maxLength: 300 }),
      fc.object({ maxDepth: 3 }).map((value) => stringify(JSON.parse(JSON.stringify(value)))),
      fc
        .array(fc.constantFrom("models", "sandbox", ":", "\n", "  ", "- ", "{", "}", "&a", "*a", "1"), {
          maxLength: 25,
        })
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(anything, (text) => {
        const loaded = loadSettings(text);
        if (!loaded.ok) for (const { line } of loaded.problems) expect(line).toBeGreaterThan(0);
      }),
    );
  });
});

describe("the JSON Schema that editors use", () => {
  const file = new URL("../../src/settings/handback.schema.json", import.meta.url);

  test("is the one that is generated now (bin/node scripts/write-settings-schema.ts, then the formatter)", () => {
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(JSON.stringify(settingsJsonSchema())));
  });

  test("takes what the loader takes and refuses what it refuses", () => {
    const validate = new Ajv2020({ strict: false }).compile(settingsJsonSchema());
    expect(validate({ verify: ["npm test"], models: { coder: "opus" }, review: { rounds: 0 } })).toBe(true);
    expect(validate({ bugdet: {} })).toBe(false);
    expect(validate({ sandbox: { memoryMb: 1 } })).toBe(false);
  });
});
