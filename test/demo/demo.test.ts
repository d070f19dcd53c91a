import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { demoScript } from "../../src/demo/scripts/demo-script.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";
import { handbackOutOfReach } from "../replay/recorded.ts";

const run = promisify(execFile);
const handback = path.join(import.meta.dirname, "../../bin/handback");

test(
  "the demo hands back three issues, says what is scripted, and ends with one line of figures",
  { timeout: 180_000 },
  async () => {
    const data = mkdtempSync(path.join(tmpdir(), "hb-demo-"));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    const { stdout, stderr } = await run(handback, ["demo", "--json"], {
      env: { ...process.env, HANDBACK_DATA: data },
      maxBuffer: 64 << 20,
    });
    expect(stderr).toMatch(/scripted\s+what the model says; never what a command prints/);
    expect(stderr).not.toContain("Not as GitHub describes it");
    const { runs, seconds } = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as {
      runs: Record<string, unknown>[];
      seconds: number;
    };
    expect(seconds).toBeGreaterThan(0);
    expect(runs).toMatchObject([
      { issue: "basket#1", conclusion: "handed_back", rounds: 1, findings: 1, resolved: 0 },
      { issue: "basket#2", conclusion: "handed_back", rounds: 2, findings: 2, resolved: 1 },
      { issue: "tideline#1", conclusion: "handed_back", rounds: 2, findings: 1, resolved: 1 },
    ]);
    for (const one of runs) {
      expect(one).toMatchObject({
        headSha: expect.stringMatching(/^[0-9a-f]{40}$/),
        checks: [{ exitCode: 0 }],
      });
      expect(one["usd"]).toBeGreaterThan(0);
    }
    expect(stderr).toContain("`bin/handback replay --all-demo` walks them again");

    const replayed = await handbackOutOfReach(["replay", "--all-demo"], data);

    expect(replayed.stderr).toBe("");
    expect(replayed.stdout.trimEnd().split("\n").at(-1)).toBe("3 replayed, 0 diverged");
    expect(replayed.exitCode).toBe(0);
  },
);

test(
  "with --live the demo speaks to the endpoint and with the key of the environment",
  { timeout: 180_000 },
  async () => {
    const model = await startScriptedModel({ script: demoScript });
    try {
      const env = {
        ...process.env,
        HANDBACK_DATA: mkdtempSync(path.join(tmpdir(), "hb-demo-")),
        ANTHROPIC_API_KEY: model.apiKey,
        ANTHROPIC_BASE_URL: model.url,
      };
      onTestFinished(() => rmSync(env.HANDBACK_DATA, { recursive: true, force: true }));
      const { stderr } = await run(handback, ["demo", "--live"], { env, maxBuffer: 64 << 20 });
      expect(stderr).toContain(`the model, at ${model.url}; it costs money`);
      expect(stderr).toContain("3 issues in");
      expect(model.requests.length).toBeGreaterThan(20);
    } finally {
      await model.close();
    }
  },
);

test("--live without a key says what to set, and starts nothing", async () => {
  const env = { ...process.env, ANTHROPIC_API_KEY: "", ANTHROPIC_BASE_URL: "" };
  const failed = await run(handback, ["demo", "--live"], { env }).catch(
    (error: unknown) => error as { code: number; stderr: string },
  );
  expect(failed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Set ANTHROPIC_API_KEY, or leave --live out"),
  });
});
