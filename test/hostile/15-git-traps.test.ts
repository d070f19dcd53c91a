import { expect, test } from "vitest";
import { sampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";
import { loadCorpus } from "./evil/attack.ts";
import { broken, playWritten } from "./evil/play-of-row.ts";

test(
  "no hook, filter, alias, helper or program of an agent's repository runs on the host",
  { timeout: 120_000 },
  async () => {
    const all = await playWritten(({ row }) => row === 15);
    expect(broken(all)).toEqual([]);
    expect(all.length).toBeGreaterThanOrEqual(7);
    // They were brought out and pushed: git on the host had every chance to run them.
    expect(all.filter(({ end }) => end === "pushed").length).toBeGreaterThanOrEqual(6);
  },
);

test("the same traps spring where git runs in that repository", async () => {
  using sample = sampleRepository();
  await using sandbox = await startSandbox(sample);
  for (const name of ["every hook", "filters and text conversions", "programs that git starts"]) {
    const attack = loadCorpus().find((one) => one.name === name);
    const commands = (attack?.does ?? []).flatMap((call) => ("bash" in call ? [call.bash] : []));
    for (const command of commands)
      await sandbox.exec(
        command.replaceAll("<<marker>>", "/tmp/sprung").replaceAll("<<evil>>", "127.0.0.1:1"),
      );
    const used = await sandbox.exec(
      "rm -f /tmp/sprung; echo more >> README.md; git add README.md; git commit -qm More; git diff HEAD~1 | cat; ls /tmp/sprung",
    );
    expect(used.preview, name).toContain("/tmp/sprung\n");
  }
});
