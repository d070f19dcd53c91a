import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { workerFlags } from "../../bench/harness/run-handback.ts";

test("the bench starts Handback's process with the flags of a worker", () => {
  const command = readFileSync(new URL("../../bin/handback", import.meta.url), "utf8");
  expect(workerFlags.length).toBeGreaterThan(0);
  for (const flag of workerFlags) expect(command).toContain(` ${flag} `);
  expect(command).toContain("NODE_COMPILE_CACHE");
});
