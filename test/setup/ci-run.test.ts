import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";

const ciRun = path.join(import.meta.dirname, "../../.ci/run");

test("the check counts as one more passed test", () => {
  const { status, lines } = ciWith({ check: "exit 0", test: "echo; echo '12 passed, 0 failed'" });

  expect(lines.at(-1)).toBe("13 passed, 0 failed");
  expect(status).toBe(0);
});

test("the tests run though the check failed, and the whole fails", () => {
  const { status, lines } = ciWith({
    check: "echo 'lint FAILED'; exit 1",
    test: "echo '12 passed, 0 failed'",
  });

  expect(lines).toContain("lint FAILED");
  expect(lines.at(-1)).toBe("12 passed, 1 failed");
  expect(status).toBe(1);
});

test("failed tests fail the whole", () => {
  const { status, lines } = ciWith({ check: "exit 0", test: "echo '11 passed, 2 failed'; exit 1" });

  expect(lines.at(-1)).toBe("12 passed, 2 failed");
  expect(status).toBe(1);
});

test.for([
  ["no test was executed", "echo '0 passed, 0 failed'"],
  ["the run died before it counted", "echo 'cannot start'; exit 1"],
  ["the run ended badly after its tests had passed", "echo '12 passed, 0 failed'; exit 7"],
])("it is a failure when %s", ([, script]) => {
  const { status, lines } = ciWith({ check: "exit 0", test: script ?? "" });

  expect(lines.at(-1)).toMatch(/^\d+ passed, 1 failed$/);
  expect(status).toBe(1);
});

test("the count that a test prints about itself is not taken for the run's", () => {
  const { lines } = ciWith({
    check: "exit 0",
    test: "echo '3 passed, 0 failed'; echo '40 passed, 0 failed'",
  });

  expect(lines.at(-1)).toBe("41 passed, 0 failed");
});

/** Runs .ci/run, standard input closed, with an `npm` that does what is given. */
function ciWith(scripts: { check: string; test: string }): { status: number | null; lines: string[] } {
  const bin = mkdtempSync(path.join(tmpdir(), "handback-ci-"));
  onTestFinished(() => rmSync(bin, { recursive: true, force: true }));
  const cases = `case "$*" in "run check") ${scripts.check} ;; test) ${scripts.test} ;; *) exit 99 ;; esac`;
  writeFileSync(path.join(bin, "npm"), `#!/bin/bash\n${cases}\n`);
  chmodSync(path.join(bin, "npm"), 0o755);
  const { status, stdout } = spawnSync("bash", ["-c", `exec 0<&-; bash ${ciRun}`], {
    encoding: "utf8",
    env: { PATH: `${bin}:/usr/bin:/bin` },
  });
  return { status, lines: stdout.trim().split("\n") };
}
