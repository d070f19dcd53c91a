import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Patience } from "../../src/agent/patience/patience.ts";
import type { SeenCall, SeenTurn, Sign } from "../../src/agent/patience/sign.ts";

type End = Extract<Sign, { kind: "end" }>;

function bash(command: string, output: string, isError = false): SeenCall {
  return { tool: "bash", input: { command }, output, isError };
}

function turnOf(index: number, calls: readonly SeenCall[], change: Partial<SeenTurn> = {}): SeenTurn {
  return { index, text: "", stopReason: "tool_use", ran: calls.length > 0, calls, ...change };
}

/** Goes through turns of one call each until the patience ends; `told` are the turns, from 1, after which something was said. */
async function through(calls: readonly SeenCall[], patience = new Patience()) {
  const told: number[] = [];
  const words: string[] = [];
  for (const [index, call] of calls.entries()) {
    const judged = await patience.judge(turnOf(index, [call]));
    if (judged.told.length > 0) told.push(index + 1);
    words.push(...judged.told);
    if (judged.end) return { told, words, end: judged.end, ended: index + 1 };
  }
  return { told, words, end: null as End | null, ended: null };
}

const times = <T>(length: number, make: (n: number) => T): T[] => Array.from({ length }, (_, n) => make(n));

describe("the same error in other words", () => {
  const fails = (n: number) =>
    bash(`node try${n}.js`, `exit code 1\nError: Cannot find module 'x' at line ${n}, after ${n}.${n} s`);

  test("is told at the fourth time, and ends at the eighth with the error", async () => {
    const { told, words, end, ended } = await through(times(12, fails));
    expect([told, ended]).toEqual([[4], 8]);
    expect(words[0]).toContain("`bash` failed 4 times in a row with the same error");
    expect(end).toMatchObject({ reason: "stuck", detail: expect.stringContaining("Cannot find module") });
  });

  test("does not count when the tool succeeded in between, or failed in another way", async () => {
    const others = [bash("ls", "exit code 0\na.js"), bash("node b.js", "exit code 1\nTypeError: y")];
    for (const other of others) {
      const calls = times(30, (n) => (n % 3 === 2 ? { ...other, input: { command: `${n}` } } : fails(n)));
      expect((await through(calls)).told).toEqual([]);
    }
  });

  test("is not what a search without a hit is", async () => {
    const calls = times(20, (n) => bash(`grep -rn word${n} src`, "exit code 1\n(no output)"));
    expect(await through(calls)).toMatchObject({ told: [], end: null });
  });

  test("is noticed of any tool", async () => {
    const calls = times(9, (n) => ({
      tool: "edit",
      input: { path: `${n}.js` },
      output: "The file system is read-only.",
      isError: true,
    }));
    expect(await through(calls)).toMatchObject({ told: [4], ended: 8 });
  });
});

describe("going round in a circle", () => {
  test.each([1, 2, 3, 5])("of %i calls is told after four rounds, and ends with the fifth", async (size) => {
    const calls = times(60, (n) => bash(`step ${n % size}`, `exit code 0\nresult ${n % size}`));
    const { told, words, end, ended } = await through(calls);
    expect(told).toEqual([4 * size]);
    expect(words[0]).toContain(size === 1 ? "same result" : `same ${size} calls`);
    expect(ended).toBe(5 * size);
    expect(end).toMatchObject({ reason: "stuck", detail: expect.stringContaining("step 0") });
  });

  test("is none when something new comes back each time", async () => {
    const calls = times(60, (n) => bash("npm test", `exit code 0\n${n} tests pass`));
    expect(await through(calls)).toMatchObject({ told: [], end: null });
  });
});

describe("waiting for something outside", () => {
  test("is told at the fourth look at the same, and ends at the eighth", async () => {
    const calls = times(12, (n) => bash(`sleep ${n + 5}; cat status`, `exit code 0\npending since ${n} s`));
    const { told, words, end, ended } = await through(calls);
    expect([told, ended]).toEqual([[4], 8]);
    expect(words[0]).toContain("You have waited");
    expect(end?.detail).toContain("waited for something outside");
  });

  test("is none when what is seen changes, or when a job of its own is waited for", async () => {
    const steps = ["clone", "install", "compile", "link", "test", "pack", "sign", "done"];
    const changing = steps.map((step) => bash("sleep 5; cat status", `exit code 0\n${step}`));
    const job = times(12, (n) => ({
      tool: "bash",
      input: { job: 1 },
      output: `still running as job 1 after ${n * 120} s: it has printed nothing yet`,
      isError: false,
    }));
    expect(await through(changing)).toMatchObject({ told: [], end: null });
    expect(await through(job)).toMatchObject({ told: [], end: null });
  });
});

describe("a tree that does not change", () => {
  const work = (n: number) =>
    bash(`cat file${n}`, `exit code 0\n${"abcdefghijklmnop".slice(0, n % 16)} ${n}`);

  test("is told of twenty-five turns and ends after fifty, each with the next turn", async () => {
    const { told, words, end, ended } = await through(
      times(80, work),
      new Patience([], async () => "the same"),
    );
    expect([told, ended]).toEqual([[31], 56]);
    expect(words[0]).toContain("No file and no commit has changed in 25 turns");
    expect(end).toMatchObject({ reason: "stuck", detail: expect.stringContaining("50 turns") });
  });

  test("is asked for every five turns only, and a change gives new patience", async () => {
    let asked = 0;
    const progress = async () => `${Math.floor((asked += 1) / 4)}`;
    expect(await through(times(80, work), new Patience([], progress))).toMatchObject({ told: [], end: null });
    expect(asked).toBe(16);
  });
});

test("turns of an earlier life count", async () => {
  const call = { ...bash("ls", "exit code 0\na"), ms: 1 };
  const usage = { input: 1, output: 1, cacheRead: null, cacheWrite: null };
  const history = times(4, (index) => ({
    index,
    model: "m",
    usage,
    usd: null,
    stopReason: "tool_use",
    text: "",
    calls: [call],
  }));
  const { end } = await new Patience(history).judge(turnOf(4, [call]));
  expect(end).toMatchObject({ reason: "stuck" });
});

const aCall = fc.record({
  tool: fc.constantFrom("bash", "read", "edit"),
  input: fc.constantFrom({ command: "a" }, { command: "sleep 1 " }, { path: "x" }, "nonsense", null, 7),
  output: fc.constantFrom("exit code 0\nfine", "exit code 1\nbad 1", "exit code 1\nbad 2", "", "no"),
  isError: fc.boolean(),
});
const aTurn = fc.record({
  text: fc.string({ maxLength: 20 }),
  stopReason: fc.constantFrom("end_turn", "tool_use", "max_tokens", "refusal", "other"),
  calls: fc.array(aCall, { maxLength: 5 }),
});

test("answers that do nothing end it also when each is of another kind than the one before", async () => {
  const patience = new Patience();
  const kinds = [
    { text: "Hm.", stopReason: "end_turn", calls: [], ran: false },
    { text: "Hm, cut", stopReason: "max_tokens", calls: [], ran: false },
  ];
  const ends: (string | undefined)[] = [];
  for (let index = 0; index < 6; index += 1) {
    const { end } = await patience.judge({ ...kinds[index % 2]!, index });
    ends.push(end?.reason);
  }
  expect(ends).toEqual([undefined, undefined, undefined, undefined, undefined, "nonsense"]);
});

test("whatever a model does with a few calls and results, it comes to an end, and is told before it is called stuck", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aTurn, { minLength: 1, maxLength: 6 }), async (circle) => {
      const patience = new Patience();
      let told = 0;
      for (let index = 0; ; index += 1) {
        const turn = circle[index % circle.length];
        if (!turn) throw new Error("no turn");
        const { told: words, end } = await patience.judge({ ...turn, index, ran: turn.calls.length > 0 });
        told += words.length;
        if (end?.reason === "stuck") expect(told).toBeGreaterThan(0);
        if (end) break;
        expect(index).toBeLessThan(200);
      }
    }),
    { numRuns: 500, endOnFailure: true },
  );
});

test("words without numbers stay few, also of an output of megabytes in one line", async () => {
  const long = (n: number) => bash(`node ${n}`, `exit code 1\n${"9a".repeat(1_000_000)}`);
  expect(await through(times(9, long))).toMatchObject({ told: [4], ended: 8 });
});
