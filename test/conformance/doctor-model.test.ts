import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";
import type { ModelReport } from "../../src/doctor/model-report.ts";
import { runCli, temporaryFolder } from "../cli/run-cli.ts";
import { startMessagesServer, type Brain } from "./messages-server.ts";
import type { Traps } from "./traps.ts";
import { willingBrain } from "./willing-brain.ts";

type ProfileName = "ollama" | "vllm" | "llamacpp" | "lmstudio" | "litellm";

/** `doctor --model qwen --json` of a server of this profile. */
async function examine(
  profile: ProfileName,
  traps: Traps,
  {
    brain = willingBrain(),
    model = "",
    args = [] as string[],
  }: { brain?: Brain; model?: string; args?: string[] } = {},
) {
  const server = await startMessagesServer(brain, traps);
  const file = path.join(temporaryFolder(), "models.yml");
  writeFileSync(
    file,
    `providers:\n  mine: { profile: ${profile}, baseUrl: "${server.url}", keyFrom: MINE_KEY }\nmodels:\n  mine/qwen: { ${model} }\n`,
  );
  const env = { HANDBACK_MODELS: file, MINE_KEY: "sk-mine-4711" };
  const ended = await runCli(["doctor", "--model", "mine/qwen", "--json", ...args], { env });
  expect(ended.stderr).toMatch(/^Asking mine\/qwen at http:.* about \d+k tokens/);
  expect(ended.stdout + ended.stderr).not.toContain("4711");
  const report = JSON.parse(ended.stdout) as ModelReport;
  return { ...ended, report, server, probes: seen(report), roles: able(report) };
}

function seen(report: ModelReport): Record<string, string> {
  return Object.fromEntries(report.probes.map(({ name, status, detail }) => [name, `${status}: ${detail}`]));
}

function able({ roles }: ModelReport): string[] {
  return Object.entries(roles).flatMap(([role, { can }]) => (can ? [role] : []));
}

const everyRole = ["planner", "coder", "reviewer", "improver", "helper"];

describe("handback doctor --model", { timeout: 60_000 }, () => {
  test.each(["ollama", "vllm", "llamacpp", "lmstudio"] as const)(
    "finds a good model on %s fit for every role",
    async (profile) => {
      const { exitCode, report, roles, probes } = await examine(profile, {
        cacheControl: "refused",
        noModelsList: true,
      });
      expect(roles).toEqual(everyRole);
      expect(exitCode).toBe(0);
      expect(report.usd).toBeNull();
      expect(probes).toMatchObject({
        tool: "ok: with the right input",
        two_tools: "ok: yes",
        cache: expect.stringContaining("skipped"),
        context_128k: expect.stringContaining("ok: found it"),
      });
    },
  );

  test("says what a model costs before it asks, and asks nothing long of one that costs money", async () => {
    const price = "contextTokens: 200000, price: { input: 2, output: 10, cacheRead: 0.2, cacheWrite: 2.5 }";
    const short = await examine("litellm", {}, { model: price });
    expect(short.stderr).toContain(" USD.");
    expect(short.probes).toMatchObject({
      context_8k: expect.stringContaining("ok"),
      context_32k: "skipped: it costs more; ask with --thorough",
    });
    expect(short.report.usd).toBeGreaterThan(0);
    expect(short.roles).toEqual(everyRole);
    const long = await examine("litellm", {}, { model: price, args: ["--thorough"] });
    expect(long.probes["context_128k"]).toContain("ok");
  });

  test.each<[string, Traps, Record<string, RegExp>, string[]]>([
    [
      "writes calls into its text",
      { callsAsText: true },
      { tool: /^failed: writes its calls into the text/, result: /^skipped/ },
      [],
    ],
    ["has no tools", { noTools: true }, { tool: /^failed: .*refused/ }, []],
    ["cuts its calls", { cutCall: true }, { tool: /^failed: its call was cut/ }, []],
    ["counts nothing", { usage: "missing" }, { usage: /^failed: does not count/ }, everyRole],
    ["says end_turn of a call", { stopReason: "end_turn" }, { tool: /^ok/ }, everyRole],
    ["gives every call one id", { ids: "same" }, { two_tools: /^ok/ }, everyRole],
    ["reasons in its text", { thinking: "in_text" }, { answers: /^ok: yes, with its reasoning/ }, everyRole],
    [
      "has a short window",
      { windowTokens: 12_000 },
      { context_8k: /^ok/, context_32k: /^failed/, context_128k: /^skipped: a shorter/ },
      ["helper"],
    ],
    [
      "refuses the key",
      { fault: { kind: "status", status: 401 } },
      { answers: /^failed: .*MINE_KEY/, tool: /^skipped: it does not answer/ },
      [],
    ],
    [
      "is a page for people",
      { fault: { kind: "html", status: 200 } },
      { answers: /^failed: .*text\/html/ },
      [],
    ],
  ])("tells of a server that %s", async (_what, traps, expected, roles) => {
    const ended = await examine("llamacpp", traps);
    for (const [probe, words] of Object.entries(expected)) expect(ended.probes[probe]).toMatch(words);
    expect(ended.roles).toEqual(roles);
    expect(ended.exitCode).toBe(roles.length > 0 ? 0 : 1);
  });

  test("tells of a server that cuts long prompts without a word", async () => {
    const { probes, roles } = await examine(
      "ollama",
      {},
      { brain: willingBrain({ readsCharacters: 16_000 }) },
    );
    expect(probes).toMatchObject({
      context_8k: expect.stringContaining("ok"),
      context_32k: expect.stringContaining("failed: did not find it"),
    });
    expect(roles).toEqual(["helper"]);
  });

  test("tells of a model that makes one call at a time, and takes it all the same", async () => {
    const willing = willingBrain();
    const { probes, roles } = await examine(
      "vllm",
      {},
      {
        brain: (body) => {
          const said = willing(body);
          return { ...said, calls: said.calls?.slice(0, 1) ?? [] };
        },
      },
    );
    expect(probes["two_tools"]).toMatch(/^failed: made one/);
    expect(roles).toEqual(everyRole);
  });

  test("asks the default provider for its limits, and for thinking and a cache", async () => {
    const server = await startMessagesServer(willingBrain(), { limits: { input: 40_000, output: 9_000 } });
    const env = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "k" };
    const { stdout } = await runCli(["doctor", "--model", "sonnet", "--json", "--thorough"], { env });
    const report = JSON.parse(stdout) as ModelReport;
    expect(report).toMatchObject({
      model: "claude-sonnet-5-5",
      facts: { contextTokens: 40_000, maxOutputTokens: 9_000, price: { input: 2 } },
      asOf: expect.any(String),
    });
    expect(seen(report)).toMatchObject({
      effort: "ok: effort low and off are taken",
      cache: expect.stringContaining("ok: 3 tokens"),
      context_128k: "skipped: its window is 40000 tokens",
    });
    const asked = server.requests.map(({ thinking, output_config }) => [
      thinking?.type,
      output_config?.effort,
    ]);
    expect(asked).toContainEqual(["adaptive", "low"]);
    expect(asked).toContainEqual(["between_tools", undefined]);
  });

  test("prints a table for people, with what is guessed", async () => {
    const server = await startMessagesServer(willingBrain());
    const env = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: "k" };
    const { stdout, exitCode } = await runCli(["doctor", "--model", "fable"], { env });
    expect(stdout).toMatch(/^claude-fable-5-1, Anthropic at http/);
    expect(stdout).toContain("guessed: cacheMinimumTokens, price.cacheRead, price.cacheWrite\n");
    expect(stdout).toMatch(/\nok {4}calls a tool by its schema +with the right input\n/);
    expect(stdout).toMatch(/\nhelper +yes\n/);
    expect(exitCode).toBe(0);
  });

  test("says of the scripted model that it fills no role by itself", async () => {
    const server = await startScriptedModel({ script: { scenes: [] } });
    const env = { ANTHROPIC_BASE_URL: server.url, ANTHROPIC_API_KEY: server.apiKey };
    const { stdout, exitCode } = await runCli(["doctor", "--model", "haiku"], { env });
    await server.close();
    expect(stdout).toContain("made no call");
    expect(exitCode).toBe(1);
  });

  test.each([
    ["a name that is none", ["--model", "opsu"], {}, 2, /There is no model `opsu`\.\nUse one of `opus`/],
    [
      "a key that is not set",
      ["--model", "opus"],
      {},
      1,
      /There is no key for the models of Anthropic\.\nThe operator sets ANTHROPIC_API_KEY/,
    ],
    [
      "a models file that is not there",
      ["--model", "opus"],
      { HANDBACK_MODELS: "/nowhere/m.yml" },
      1,
      /models file \/nowhere\/m\.yml cannot be read[^]*must lie in the data folder/,
    ],
  ])("refuses %s", async (_what, args, env, code, words) => {
    const { stderr, exitCode } = await runCli(["doctor", ...args], { env });
    expect(stderr).toMatch(words);
    expect(exitCode).toBe(code);
  });
});
