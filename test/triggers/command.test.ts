import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCommand } from "../../src/triggers/command.ts";
import { editDistance, nearest } from "../../src/triggers/nearest.ts";

const onIssue = { isPullRequest: false };
const onPull = { isPullRequest: true };
const plain = { models: {}, usd: null, rounds: null };

function reply(body: string, context = onIssue): string {
  const parsed = parseCommand(body, context);
  if (parsed?.kind !== "mistake") throw new Error(`not a mistake: ${JSON.stringify(parsed)}`);
  return parsed.reply;
}

describe("a command", () => {
  test.each([
    ["/agent", { kind: "do", text: "" }],
    ["/agent do", { kind: "do", text: "" }],
    ["/agent do use  a map", { kind: "do", text: "use a map" }],
    ["/Agent DO it", { kind: "do", text: "it" }],
    ["  /agent do it  ", { kind: "do", text: "it" }],
    ["\n\n/agent do it", { kind: "do", text: "it" }],
    ["/agent do\r\nline two\r\nline three\r\n", { kind: "do", text: "line two\nline three" }],
    ["/agent do first\n\n- a\n- b", { kind: "do", text: "first\n\n- a\n- b" }],
    ["/agent\u00a0do\u2003it", { kind: "do", text: "it" }],
    ["/agent stop", { kind: "stop" }],
    ["/agent status", { kind: "status" }],
    ["/agent help", { kind: "help" }],
  ])("on an issue: %j", (body, expected) => {
    expect(parseCommand(body, onIssue)).toEqual({ ...expected, options: plain });
  });

  test.each([
    ["/agent", { kind: "fix", text: "" }],
    ["/agent fix the names", { kind: "fix", text: "the names" }],
    ["/agent review", { kind: "review", focus: "" }],
    ["/agent review the locking", { kind: "review", focus: "the locking" }],
  ])("on a pull request: %j", (body, expected) => {
    expect(parseCommand(body, onPull)).toEqual({ ...expected, options: plain });
  });

  test.each([
    "> /agent do",
    "`/agent do`",
    "```\n/agent do\n```",
    "    /agent do",
    "\t/agent do",
    "please /agent do",
    "hello\n/agent do",
    "/agents do",
    "/agent-do",
    "/agent/do",
    "//agent do",
    "<!-- /agent do -->",
    "",
    "   \n\t\n",
  ])("is none in quotes, code, other words or later lines: %j", (body) => {
    expect(parseCommand(body, onIssue)).toBeNull();
  });
});

describe("options", () => {
  test.each([
    ["/agent do --rounds 2 tidy up", { text: "tidy up", options: { ...plain, rounds: 2 } }],
    ["/agent do tidy up --rounds 2", { text: "tidy up", options: { ...plain, rounds: 2 } }],
    ["/agent do --budget 5usd", { text: "", options: { ...plain, usd: 5 } }],
    ["/agent do --budget=$0.50", { text: "", options: { ...plain, usd: 0.5 } }],
    ["/agent --budget 5USD", { text: "", options: { ...plain, usd: 5 } }],
    [
      "/agent do --model coder=opus --model reviewer=claude-opus-5-5 x --rounds=1",
      {
        text: "x",
        options: { usd: null, rounds: 1, models: { coder: "opus", reviewer: "claude-opus-5-5" } },
      },
    ],
  ])("are read: %j", (body, expected) => {
    expect(parseCommand(body, onIssue)).toMatchObject({ kind: "do", ...expected });
  });

  test("in the middle of a sentence are text", () => {
    expect(
      parseCommand("/agent do add a --model flag and a --verbose one to the command", onIssue),
    ).toMatchObject({
      text: "add a --model flag and a --verbose one to the command",
      options: plain,
    });
  });

  test.each([
    ["/agent do --model opus", "`--model coder=opus`"],
    ["/agent do --model boss=opus", "planner, coder, reviewer"],
    ["/agent do --model", "it got nothing"],
    ["/agent do --budget lots", "`--budget 5usd`"],
    ["/agent do --budget 0usd", "`--budget 5usd`"],
    ["/agent do --rounds 99", "from 1 to 10"],
    ["/agent do --rounds -1", "from 1 to 10"],
    ["/agent do --buget 5usd", "Did you mean `--budget`?"],
    ["/agent do --zzzzzzzz", "I don't know the option `--zzzzzzzz`."],
  ])("that are wrong get a reply, and nothing starts: %j", (body, expected) => {
    expect(reply(body)).toContain(expected);
  });
});

describe("a mistake", () => {
  test.each([
    ["/agent stauts", "`/agent status`"],
    ["/agent revew", "`/agent review`"],
    ["/agent halp", "`/agent help`"],
    ["/agent fxi", "`/agent fix`"],
  ])("gets the nearest command: %j", (body, expected) => {
    expect(reply(body, onPull)).toContain(`Did you mean ${expected}?`);
  });

  test.each(["plan", "approve", "ask", "audit", "orchestrate", "retry", "resume", "steer", "cost", "config"])(
    "%s is said not to be there yet, with what works",
    (verb) => {
      expect(reply(`/agent ${verb} something`)).toMatch(/is not there yet[\s\S]*\/agent do/);
    },
  );

  test("a sentence after /agent is not guessed at", () => {
    expect(reply("/agent please make it faster")).toContain("`/agent do …`");
  });

  test("do on a pull request points to fix, and fix on an issue to do", () => {
    expect(reply("/agent do it", onPull)).toContain("/agent fix");
    expect(reply("/agent fix it", onIssue)).toContain("/agent do");
    expect(reply("/agent review", onIssue)).toContain("pull request");
  });

  test("a stranger's word is shown in code, short, and cannot leave it", () => {
    const text = reply("/agent x`@everyone`\u202e<img>" + "y".repeat(5000));
    expect(text.length).toBeLessThan(1500);
    expect(text.split("\n")[0]).toMatch(/^I don't know `[^`]*`\./);
  });
});

describe("whatever is written", () => {
  test("gives a command, a mistake or nothing, and a command only behind /agent", () => {
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }),
      fc
        .array(
          fc.constantFrom(
            "/agent",
            " ",
            "\n",
            "\r\n",
            "do",
            "fix",
            "--",
            "--model",
            "=",
            "`",
            ">",
            "\t",
            "\u00a0",
            "9",
            "usd",
          ),
          {
            maxLength: 30,
          },
        )
        .map((parts) => parts.join("")),
    );
    fc.assert(
      fc.property(hostile, fc.boolean(), (body, isPullRequest) => {
        const parsed = parseCommand(body, { isPullRequest });
        if (parsed !== null) expect(body.trimStart().toLowerCase()).toMatch(/^\/agent(\s|$)/u);
      }),
    );
  });

  test("text comes back as it was written, but for its white space", () => {
    const word = fc.stringMatching(/^[a-z.,!?@#()]{1,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        expect(parseCommand(`/agent do ${words.join(" ")}`, onIssue)).toEqual({
          kind: "do",
          text: words.join(" "),
          options: plain,
        });
      }),
    );
  });

  test("of 60 KB is read in a blink", () => {
    const bodies = [
      "/agent do " + "--rounds 2 ".repeat(6000),
      "/agent " + " ".repeat(60_000) + "do",
      "/agent " + "x".repeat(60_000),
    ];
    const started = performance.now();
    for (const body of bodies) parseCommand(body, onIssue);
    expect(performance.now() - started).toBeLessThan(500);
  });
});

test("the distance between words counts a swap once", () => {
  expect(editDistance("stauts", "status")).toBe(1);
  expect(editDistance("", "abc")).toBe(3);
  expect(editDistance("same", "same")).toBe(0);
  expect(nearest("xyzzy", ["stop", "status"])).toBeNull();
});

test("distance is the same both ways and never more than the longer word", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
});
