import { bash, finish } from "../../../src/demo/scripts/calls.ts";
import type { Scene } from "../../../src/demo/script.ts";

/** What the model says where a test has nothing to say about it: a plan, a review without a finding; and one finding stands. */
export const usualScenes: readonly Scene[] = [
  {
    role: "planner",
    when: /./,
    turns: [{ calls: [finish({ summary: "Do it.", steps: ["Do it."], risks: [] })] }],
  },
  {
    role: "reviewer",
    when: /./,
    turns: [{ calls: [finish({ summary: "I read it; it holds.", findings: [], unverified: [] })] }],
  },
  {
    role: "refuter",
    when: /./,
    turns: [{ calls: [finish({ verdicts: [{ id: "f1", verdict: "stands" }] })] }],
  },
];

/** A coder who runs these commands, one turn each, and then says that the change is made. */
export function coder(
  when: string | RegExp,
  commands: readonly string[],
  result: { title?: string; summary?: string } = {},
): Scene {
  return {
    role: "coder",
    when,
    turns: [...commands.map((command) => ({ calls: [bash(command)] })), { calls: [changed(result)] }],
  };
}

/** As a coder hands in a change. */
export function changed(result: { title?: string; summary?: string } = {}): ReturnType<typeof finish> {
  const { title = "Make the change", summary = "The change is made." } = result;
  return finish({ outcome: "changed", title, summary, unverified: [], answers: [] });
}

/** Commits all that is there. */
export const commit = 'git add -A && git commit -q -m "Make the change"';

/** A repository that can be checked at once, without a package to install: `bash check.sh`. */
export const checkedFiles: Readonly<Record<string, string>> = {
  "README.md": "# Notes\n",
  Makefile: "test:\n\t@bash check.sh\n",
  "check.sh": "test -f README.md\n",
};
