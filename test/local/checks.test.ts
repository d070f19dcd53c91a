import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
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

const command = "node --test";
const multiply = "export const add = (a, b) => a + b;\nexport const multiply = (a, b) => a * b;\n";
const multiplyTest = testFile("multiply", "multiply(2, 3)", 6);
const multiplies = commit("Multiply", { "sums.js": multiply, "multiply.test.js": multiplyTest });

describe("the checks before the work", { timeout: 120_000 }, () => {
  test("what fails before the work is told to the coder, named at the end, and not held against the change", async () => {
    const { world, run } = await aWorld([coder(sumsTask, multiplies)], {
      "old.test.js": testFile("is broken for long", "add(1, 1)", 3),
    });

    const ended = await run("--json");
    const summary = summaryIn(ended);

    expect(ended.stderr).toContain(`${command}  ⚠️ exit 1, as before the work`);
    expect(summary).toMatchObject({ verdict: "approve", checks: [{ exitCode: 1, failedAtBase: true }] });
    expect(summary.comparison).toMatchObject({
      stillFailing: [{ command, test: "is broken for long" }],
      passToFail: [],
      newPassing: [{ command, test: "multiply" }],
    });
    const [first] = firstMessages(world, "You are the coder");
    expect(first).toContain("# What fails before your work");
    expect(first).toContain("- is broken for long");
    expect(firstMessages(world, "You are the coder")).toHaveLength(1);
  });

  test("a test that passed before goes back to the coder by name, who mends it; and the new test is proven", async () => {
    const breaks = commit("Multiply", {
      "sums.js": multiply.replace("a + b", "a - b"),
      "multiply.test.js": multiplyTest,
    });
    const mends = coder("# What is wrong now", commit("Add again", { "sums.js": multiply }));
    const { world, run } = await aWorld([mends, coder(sumsTask, breaks)]);

    const summary = summaryIn(await run("--json"));

    expect(summary).toMatchObject({ verdict: "approve", checks: [{ exitCode: 0 }] });
    const [, second] = firstMessages(world, "You are the coder");
    expect(second).toMatch(
      /Passed before your work and fails now:\n<output-\w+ author="this command">\n- add\n/,
    );
    expect(summary.comparison).toMatchObject({
      proof: { kind: "proven", tests: [{ command, test: "multiply" }] },
      newPassing: [{ command, test: "multiply" }],
      changedSourceWithoutTest: false,
    });
  });

  test("a check that fails every other time is named, and counts as passed", async () => {
    const flaky = `import { existsSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
test("sometimes", () => {
  if (existsSync("/tmp/ran")) return rmSync("/tmp/ran");
  writeFileSync("/tmp/ran", "");
  throw new Error("not this time");
});
`;
    const { world, run } = await aWorld([coder(sumsTask, multiplies)], { "flaky.test.js": flaky });

    const ended = await run();

    expect(ended.exitCode).toBe(0);
    expect(ended.stdout).toContain("node --test ✅ passed, but is flaky");
    expect(ended.stdout).toMatch(
      /1 test is flaky: failed and passed on one and the same commit\.\n\s+sometimes\n/,
    );
    // Nobody was sent to mend it.
    expect(firstMessages(world, "You are the coder")).toHaveLength(1);
  });

  test("tests that also pass without the change are told of, and so is a change without one", async () => {
    const empty = commit("Multiply", {
      "sums.js": multiply,
      "multiply.test.js": testFile("multiply", "add(2, 4)", 6),
    });
    const proves = await aWorld([coder(sumsTask, empty)]);
    const ended = await proves.run();
    expect(ended.stdout).toContain("The changed tests also pass without the change.");

    const untested = await aWorld([coder(sumsTask, commit("Multiply", { "sums.js": multiply }))]);
    const summary = summaryIn(await untested.run("--json"));
    expect(summary.comparison).toMatchObject({
      proof: { kind: "not_needed" },
      changedSourceWithoutTest: true,
    });
  });

  test("a check that cannot even start without the change proves no single test", async () => {
    const script =
      "import './sums.js';\nimport { multiply } from './sums.js';\nif (multiply(2, 3) !== 6) throw 1;\n";
    const plain = commit("Multiply", { "sums.js": multiply, "check.test.js": script });
    const { run } = await aWorld([coder(sumsTask, plain)], {
      ".github/handback.yml": settings().replace(
        "node --test",
        "test ! -e check.test.js || node check.test.js",
      ),
    });
    const ended = await run();
    expect(ended.stdout).toMatch(/Without the change, `test .*` fails as a whole/);

    // Here the runner names the file, which cannot be loaded.
    const named = multiplyTest.replace("* as sums", "{ multiply }").replace("sums.multiply", "multiply");
    const unloadable = commit("Multiply", { "sums.js": multiply, "multiply.test.js": named });
    const summary = summaryIn(await (await aWorld([coder(sumsTask, unloadable)])).run("--json"));
    expect(summary.comparison?.proof).toEqual({ kind: "fails_as_a_whole", commands: [command] });
  });

  test("a repository that cannot be set up is known before the coder begins", async () => {
    const { world, run } = await aWorld([coder(sumsTask, multiplies)], {
      ".github/handback.yml": settings("setup: echo no registry; exit 7\n"),
    });
    const summary = summaryIn(await run("--json"));
    expect(summary).toMatchObject({ verdict: "open_findings", checks: [{ isSetup: true, exitCode: 7 }] });
    expect(summary.comparison?.hasBase).toBe(false);
    expect(firstMessages(world, "You are the coder")[0]).toContain("Setting up the repository failed");
  });
});

async function aWorld(
  scenes: readonly Scene[],
  files: Readonly<Record<string, string>> = {},
): Promise<{ world: LocalWorld; run: (...more: string[]) => ReturnType<LocalWorld["run"]> }> {
  const world = await LocalWorld.start([planner, ...scenes, approving]);
  const repository = sumsRepository(path.join(world.directory, "sums"), files);
  let count = 0;
  const run = (...more: string[]): ReturnType<LocalWorld["run"]> =>
    world.run(["run", ...more, "--branch", `try-${(count += 1)}`, "--repo", repository, sumsTask]);
  return { world, run };
}

/** The first message of each conversation of a role, in their order. */
function firstMessages(world: LocalWorld, system: string): string[] {
  return world.model.requests
    .filter((request) => JSON.stringify(request.system).includes(system) && request.messages.length === 1)
    .map((request) => textOf(request.messages[0]!.content));
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  return (content as readonly { text?: string }[]).map(({ text = "" }) => text).join("\n");
}
