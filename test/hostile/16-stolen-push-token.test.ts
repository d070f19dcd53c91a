import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { runGit, sampleRepository } from "../support/sample-repository.ts";
import { startListeners } from "./evil/listeners.ts";
import { broken, playWritten } from "./evil/play-of-row.ts";

test(
  "addresses, proxies and helpers that an agent sets do not get the push token",
  { timeout: 120_000 },
  async () => {
    const all = await playWritten(({ row }) => row === 16);
    expect(broken(all)).toEqual([]);
    // Pushed for real, with the token, to the one address that the host has chosen.
    expect(all.map(({ end }) => end)).toContain("pushed");
    expect(all.length).toBeGreaterThanOrEqual(4);
  },
);

test("the same settings lead a push from the repository itself to the thief", async () => {
  using sample = sampleRepository();
  await using listeners = await startListeners();
  runGit(sample.work, "config", `url.http://${listeners.loopback}/.insteadOf`, "http://127.0.0.1:1/");
  const pushed = promisify(execFile)("git", ["push", "http://127.0.0.1:1/sample.git", "HEAD:main"], {
    cwd: sample.work,
    env: { PATH: process.env["PATH"], GIT_TERMINAL_PROMPT: "0" },
    timeout: 10_000,
  });
  await expect(pushed).rejects.toThrow();
  expect(listeners.heard()).toContain("a connection to the host's loopback");
});
