import { guardOf, moduleNames, registryLine, sampleFiles, tableLine } from "./sample-files.ts";
import type { Action, Step, Trajectory } from "./trajectory.ts";

/** The four conversations. Each ends in a commit, and in words on what was done. */
export function allTrajectories(): readonly Trajectory[] {
  return [sixTurns(), thirtyTurns(), largeOutputs(), faults()];
}

function sixTurns(): Trajectory {
  return {
    name: "6 turns",
    task: taskOf("Refuse an empty range in clamp"),
    steps: [
      step("I look at what is there.", bash("git log --oneline -5 && ls src test")),
      step("The code concerned.", read("src/clamp.js")),
      step("The guard is wrong; I mend it.", mend("clamp")),
      step("A test for it.", { kind: "write", path: "test/empty-range.test.js", content: testOf("clamp") }),
      step("I commit.", commit("Refuse an empty range in clamp")),
      done("Refuse an empty range in clamp"),
    ],
    expected: { "src/clamp.js": mended("clamp"), "test/empty-range.test.js": testOf("clamp") },
  };
}

function thirtyTurns(): Trajectory {
  const changed = moduleNames.slice(0, 6);
  const work = changed.flatMap((name) => [
    step(`Now ${name}.`, read(`src/${name}.js`)),
    step("The same guard, the same mend.", mend(name)),
    step("I run its tests.", bash(report(name, 45))),
  ]);
  const tests = changed
    .slice(0, 4)
    .map((name) =>
      step(`A test for ${name}.`, { kind: "write", path: testPath(name), content: testOf(name) }),
    );
  const steps = [
    step("I look at what is there.", bash("git log --oneline -5 && ls -la src test && cat package.json")),
    step("Who has this guard?", bash("grep -n 'an empty range' src/*.js")),
    step("And what do the tests say?", read("test/clamp.test.js")),
    ...work,
    ...tests,
    step("All tests.", bash(report("all", 120))),
    step("What has changed?", bash("git status --short && git diff --stat")),
    step("The diff once more.", bash("git diff src/clamp.js src/lerp.js")),
    step("I commit.", commit("Refuse empty ranges")),
    done("Refuse empty ranges"),
  ];
  return {
    name: "30 turns",
    task: taskOf("Refuse empty ranges in all functions"),
    steps,
    expected: Object.fromEntries([
      ...changed.map((name) => [`src/${name}.js`, mended(name)]),
      ...changed.slice(0, 4).map((name) => [testPath(name), testOf(name)]),
    ]),
  };
}

/** After each long output comes the narrower look that a model takes then, whatever it was shown of the long one. */
function largeOutputs(): Trajectory {
  const row = registryLine(1_230);
  const heavier = row.replace(/weight: \d+/, "weight: 1000");
  const odd = tableLine(151);
  const even = odd.replace("odd", "neither");
  const files = sampleFiles();
  return {
    name: "large outputs",
    task: taskOf("Give entry 1230 the weight 1000"),
    steps: [
      step("I build it.", bash(report("build", 370))),
      step("Where does it warn?", bash(`${report("build", 370)} | grep -n ' 18[0-9] '`)),
      step("The registry.", read("src/registry.js")),
      step("The part of it.", { ...read("src/registry.js"), offset: 1_200, limit: 80 }),
      step("All tests.", bash(report("test", 3_700))),
      step("How do they end?", bash(`${report("test", 3_700)} | tail -n 20`)),
      step("The registry again, before I change it.", read("src/registry.js")),
      step("I change it.", { kind: "edit", path: "src/registry.js", before: row, after: heavier }),
      step("Is it right?", { ...read("src/registry.js"), offset: 1_200, limit: 80 }),
      step("The table.", read("src/table.js")),
      step("The log of the service.", bash(report("service", 1_100))),
      step("The table once more.", read("src/table.js")),
      step("And again, to be sure.", read("src/table.js")),
      step("I change it.", { kind: "edit", path: "src/table.js", before: odd, after: even }),
      step("I commit.", commit("Give entry 1230 the weight 1000")),
      done("Give entry 1230 the weight 1000"),
    ],
    expected: {
      "src/registry.js": (files["src/registry.js"] ?? "").replace(row, heavier),
      "src/table.js": (files["src/table.js"] ?? "").replace(odd, even),
    },
  };
}

function faults(): Trajectory {
  return {
    name: "faults",
    task: taskOf("Refuse an empty range in lerp and mean"),
    steps: [
      { ...step("I look.", bash("ls src test")), faults: [{ kind: "status", status: 429 }] },
      { ...step("The code.", read("src/lerp.js")), faults: [{ kind: "status", status: 529 }] },
      { ...step("I mend it.", mend("lerp")), faults: [{ kind: "cut_stream" }] },
      step("The other.", { kind: "wrong_input" }),
      step("The other.", read("src/mean.js")),
      { ...step("I mend it.", mend("mean")), faults: [{ kind: "error_event" }] },
      {
        ...step("A test.", { kind: "write", path: testPath("mean"), content: testOf("mean") }),
        faults: [{ kind: "cut_json" }],
      },
      { ...step("I commit.", commit("Refuse empty ranges")), faults: [{ kind: "cut_stream" }] },
      done("Refuse empty ranges"),
    ],
    expected: {
      "src/lerp.js": mended("lerp"),
      "src/mean.js": mended("mean"),
      [testPath("mean")]: testOf("mean"),
    },
  };
}

function taskOf(title: string): Trajectory["task"] {
  return { title, body: `${title}. A range whose low end is above its high end must throw a RangeError.` };
}

function step(say: string, action: Action): Step {
  return { say, action };
}

function bash(command: string): Action {
  return { kind: "bash", command };
}

function read(path: string): Action & { kind: "read" } {
  return { kind: "read", path };
}

function commit(message: string): Action {
  return bash(`git add -A && git commit -q -m '${message}' && git log --oneline -1`);
}

/** So many lines of 55 bytes, as a test runner prints them. */
function report(of: string, lines: number): string {
  return `seq -f 'ok %g - ${of} does what its table of cases says here' 1 ${lines}`;
}

const throwing = "  if (low > high) throw new RangeError(`${low} is above ${high}`);";

function mend(name: string): Action {
  return { kind: "edit", path: `src/${name}.js`, before: guardOf(name), after: throwing };
}

function mended(name: string): string {
  return (sampleFiles()[`src/${name}.js`] ?? "").replace(guardOf(name), () => throwing);
}

function testPath(name: string): string {
  return `test/${name}-range.test.js`;
}

function testOf(name: string): string {
  return [
    'import assert from "node:assert";',
    'import { test } from "node:test";',
    `import { ${name} } from "../src/${name}.js";`,
    "",
    `test("${name} refuses a range whose low end is above its high end", () => {`,
    `  assert.throws(() => ${name}(1, 3, 2), RangeError);`,
    "});",
    "",
  ].join("\n");
}

function done(title: string): Step {
  const summary =
    "A range whose low end is above its high end throws a RangeError now; there is a test for it.";
  return { action: { kind: "done", title, summary } };
}
