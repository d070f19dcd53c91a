import { rmSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Scene } from "../../src/demo/script.ts";
import { bash, finish, read } from "../../src/demo/scripts/calls.ts";
import { runGit } from "../support/sample-repository.ts";
import { LocalWorld, summaryIn } from "./local-world.ts";

const task = "Tell editors how this project's files are written";

/** A small true change of this project, in its own words. */
const scenes: readonly Scene[] = [
  {
    role: "planner",
    when: task,
    turns: [
      { calls: [bash("git ls-files | wc -l; git log --oneline | wc -l"), read(".oxfmtrc.json")] },
      {
        calls: [finish({ summary: "Editors read .editorconfig.", steps: ["Write it."], risks: [] })],
      },
    ],
  },
  {
    role: "coder",
    when: task,
    turns: [
      {
        calls: [
          bash(
            "printf '%s\\n' 'root = true' '' '[*.{ts,json,md}]' 'indent_style = space' 'indent_size = 2' 'max_line_length = 110' > .editorconfig",
          ),
        ],
      },
      { calls: [bash('git add .editorconfig && git commit -qm "Tell editors how files are written"')] },
      {
        calls: [
          finish({
            outcome: "changed",
            title: "Tell editors how files are written",
            summary: "As the formatter has it.",
            unverified: [],
            answers: [],
          }),
        ],
      },
    ],
  },
  {
    role: "reviewer",
    when: task,
    turns: [
      { calls: [bash("git diff --stat HEAD~1")] },
      { calls: [finish({ summary: "It does.", findings: [], unverified: ["The other tests."] })] },
    ],
  },
];

/** Needs none of the packages, so that nothing has to be installed. */
const verify = "node src/cli.ts --version && grep -q 'indent_size = 2' .editorconfig";

test("works on this project's own repository, with a check of the caller's", async () => {
  const world = await LocalWorld.start(scenes);
  const directory = path.join(world.directory, "handback");
  cloneWhole(path.join(import.meta.dirname, "../.."), directory);

  const ended = await world.run([
    "run",
    "--json",
    "--repo",
    directory,
    "--setup",
    "true",
    "--verify",
    verify,
    task,
  ]);

  expect(ended.stderr).toContain("The reviewer approves");
  expect(summaryIn(ended)).toMatchObject({
    conclusion: "handed_back",
    verdict: "approve",
    checks: [{ command: verify, exitCode: 0 }],
    reached: [],
  });
  const changed = runGit(directory, "diff", "--name-only", "HEAD", summaryIn(ended).branch ?? "");
  expect(changed.trim()).toBe(".editorconfig");
  expect(runGit(directory, "status", "--porcelain")).toBe("");
}, 120_000);

/** Where the tests run in a shallow clone, its newest commit becomes the first of a history of its own. */
function cloneWhole(source: string, directory: string): void {
  runGit(path.dirname(directory), "clone", "-q", "--no-local", source, directory);
  if (runGit(directory, "rev-parse", "--is-shallow-repository").trim() === "false") return;
  const root = runGit(directory, "commit-tree", "HEAD^{tree}", "-m", "Everything").trim();
  rmSync(path.join(directory, ".git/shallow"));
  for (const ref of runGit(directory, "for-each-ref", "--format=%(refname)").trim().split("\n")) {
    runGit(directory, "update-ref", "--no-deref", ref, root);
  }
}
