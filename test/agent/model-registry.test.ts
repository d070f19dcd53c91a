import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { openModelRegistry, type ModelRegistry } from "../../src/agent/model-registry.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { aRequest } from "../support/scripted-model.ts";

const example = `
providers:
  ollama: {}
  team:
    profile: vllm
    baseUrl: https://models.example.com/
    keyFrom: TEAM_KEY
aliases:
  fast: ollama/qwen3-coder:30b
  opus: team/Qwen/Qwen3-480B
models:
  ollama/qwen3-coder:30b:
    contextTokens: 262144
    price: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 }
  claude-sonnet-5-5:
    price: { input: 1.5, output: 8, cacheRead: 0.1, cacheWrite: 2 }
`;

function registry(text: string | null = null, values: Record<string, string> = {}): ModelRegistry {
  return openModelRegistry({
    file: text === null ? null : { path: "models.yml", text },
    apiKey: "sk-default",
    baseUrl: null,
    valueOf: (name) => values[name] ?? null,
  });
}

function named({ names }: ModelRegistry, name: string) {
  const found = names.find(name);
  if (!found.ok) throw new Error(found.message);
  return found.model;
}

function problems(text: string): string {
  try {
    registry(text);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("a name", () => {
  test.each(["opus", " Opus ", "claude-opus-5-5", "anthropic/claude-opus-5-5"])("%j is one model", (name) => {
    expect(named(registry(), name)).toMatchObject({
      id: "claude-opus-5-5",
      wireId: "claude-opus-5-5",
      isKnown: true,
      facts: { maxOutputTokens: 128_000 },
    });
  });

  test("of the operator's file leads to its provider, with the provider in its id", () => {
    const models = registry(example);
    expect(named(models, "fast")).toMatchObject({
      id: "ollama/qwen3-coder:30b",
      wireId: "qwen3-coder:30b",
      provider: { name: "ollama", baseUrl: "http://127.0.0.1:11434" },
      facts: { contextTokens: 262_144, price: { input: 0 } },
    });
    expect(named(models, "opus")).toMatchObject({
      id: "team/Qwen/Qwen3-480B",
      wireId: "Qwen/Qwen3-480B",
      facts: { price: null },
      isKnown: false,
    });
  });

  test("of a server with models of its own is taken as it is, with nothing known of it", () => {
    expect(named(registry(example), "ollama/anything:7b")).toMatchObject({
      isKnown: false,
      facts: { price: null },
    });
  });

  test("that looks like a whole id of the default provider may be newer than the catalog", () => {
    expect(named(registry(), "claude-opus-6-1")).toMatchObject({ isKnown: false, facts: { price: null } });
  });

  test.each(["opsu", "claude-nonsense", "gpt-5", "ollama/qwen3", ""])(
    "%j is refused, with the known ones",
    (name) => {
      const found = registry().names.find(name);
      expect(found).toMatchObject({ ok: false, mend: expect.stringContaining("`sonnet`") });
    },
  );

  test("that is nearly right is answered with the nearest first", () => {
    expect(registry().names.problemWith("hiaku")?.mend).toMatch(/^Use one of `haiku`, /);
    expect(registry().names.problemWith("claude-sonet-5-5x.y")?.mend).toMatch(
      /^Use one of `claude-sonnet-5-5`, /,
    );
  });

  test("of a provider that is not there names those that are", () => {
    const found = registry(example).names.problemWith("olama/qwen3");
    expect(found?.mend).toContain("one of the providers `ollama`, `team`");
  });
});

describe("the operator's file", () => {
  test("goes over the catalog field by field", () => {
    const { facts } = named(registry(example), "sonnet");
    expect(facts).toMatchObject({ contextTokens: 1_000_000, price: { input: 1.5 } });
  });

  test("makes known what was guessed", () => {
    const text = "models:\n  claude-fable-5-1: { cacheMinimumTokens: 1024 }\n";
    expect(named(registry(), "fable").guessed).toContain("cacheMinimumTokens");
    expect(named(registry(text), "fable").guessed).toEqual(["price.cacheRead", "price.cacheWrite"]);
  });

  test("names variables for keys; their values are secrets, and each provider gets its own", () => {
    const models = registry(example, { TEAM_KEY: "sk-team" });
    expect(models.secrets).toEqual(["sk-default", "sk-team"]);
    expect(models.providers.map(({ name, apiKey }) => [name, apiKey])).toEqual([
      ["anthropic", "sk-default"],
      ["ollama", null],
      ["team", "sk-team"],
    ]);
  });

  test("can say that the default provider is another kind of server", () => {
    const models = registry("providers:\n  anthropic: { profile: ollama }\n");
    expect(named(models, "qwen3-coder:30b")).toMatchObject({ id: "qwen3-coder:30b", isKnown: false });
  });

  test.each([
    ["a misspelt key", "modles: {}\n", /line 1, modles: .*Did you mean `models`/],
    ["a wrong price", "models:\n  x:\n    price: { input: cheap }\n", /line 3, models\.x\.price\.input: /],
    [
      "a key in place of its variable",
      "providers:\n  ollama:\n    keyFrom: sk-ant-1\n",
      /line 3.*never the key itself/,
    ],
    [
      "plain http to another machine",
      "providers:\n  vllm:\n    baseUrl: http://10.0.0.5:8000\n",
      /line 3.*insecure: true/,
    ],
    [
      "an address with /v1",
      "providers:\n  vllm:\n    baseUrl: http://127.0.0.1:8000/v1\n",
      /line 3.*leave that out/,
    ],
    [
      "a password in an address",
      "providers:\n  vllm:\n    baseUrl: https://a:b@h.example\n",
      /line 3.*leave them out/,
    ],
    [
      "a server of no kind",
      "aliases: {}\nproviders:\n  mine: { baseUrl: https://h.example }\n",
      /line 3.*profile/,
    ],
    [
      "an alias to nowhere",
      "aliases:\n  fast: ollama/qwen3\n",
      /line 2, aliases\.fast: leads to `ollama\/qwen3`/,
    ],
    ["no map at all", "- a\n", /line 1: /],
  ])("is refused with line and mend: %s", (_what, text, expected) => {
    expect(problems(text)).toMatch(expected);
  });

  test("may allow plain http to another machine in so many words", () => {
    const text = "providers:\n  vllm: { baseUrl: 'http://10.0.0.5:8000', insecure: true }\n";
    expect(registry(text).providers[1]?.baseUrl).toBe("http://10.0.0.5:8000");
  });
});

describe("a model is opened", () => {
  test("with its facts and its id, and several providers side by side", () => {
    const models = registry(example, { TEAM_KEY: "sk-team" });
    expect(models.open("sonnet").facts.price?.input).toBe(1.5);
    expect(models.open("fast").id).toBe("ollama/qwen3-coder:30b");
    expect(models.open("opus").id).toBe("team/Qwen/Qwen3-480B");
  });

  test("never without a key that its provider needs", () => {
    const text = "providers:\n  litellm: { baseUrl: 'https://gw.example', keyFrom: GW_KEY }\n";
    expect(() => registry(text).open("litellm/gpt")).toThrow("There is no key for the models of LiteLLM.");
    expect(registry(text, { GW_KEY: "k" }).open("litellm/gpt").id).toBe("litellm/gpt");
  });

  test("never when it is not there", () => {
    expect(() => registry().open("opsu")).toThrow("There is no model `opsu`.");
  });
});

test("Headers which the environment sets for its own model server are sent to no other one", async () => {
  const heard: IncomingHttpHeaders[] = [];
  const server = createServer(({ headers }, response) => {
    heard.push(headers);
    response.writeHead(400).end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  onTestFinished(() => void vi.unstubAllEnvs());
  const custom = "X-Gateway-Key: of-the-gateway\nAuthorization: Bearer of-the-gateway";
  vi.stubEnv("ANTHROPIC_CUSTOM_HEADERS", custom);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const models = openModelRegistry({
    file: { path: "models.yml", text: `providers: { ollama: { baseUrl: "${url}" } }` },
    apiKey: "sk-default",
    baseUrl: url,
    valueOf: (name) => (name === "ANTHROPIC_CUSTOM_HEADERS" ? custom : null),
  });
  for (const name of ["sonnet", "ollama/small"]) {
    await expect(models.open(name).send(aRequest())).rejects.toMatchObject({ code: "model.bad_request" });
  }
  expect(heard.map((headers) => [headers["x-gateway-key"], headers.authorization])).toEqual([
    ["of-the-gateway", "Bearer of-the-gateway"],
    [undefined, "Bearer none"],
  ]);
});
