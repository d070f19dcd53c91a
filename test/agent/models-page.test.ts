import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { builtInCatalog } from "../../src/agent/model-catalog.ts";
import { openModelRegistry } from "../../src/agent/model-registry.ts";
import { features, type Feature, type Support } from "../../src/agent/providers/profile.ts";
import { profileNames, profiles } from "../../src/agent/providers/profiles.ts";
import { loadSettings } from "../../src/settings/load-settings.ts";
import { lenses } from "../../src/run/lens.ts";

const page = readFileSync(new URL("../../docs/models.md", import.meta.url), "utf8");

function between(mark: string): string {
  return (page.split(`<!-- ${mark} -->\n`)[1] ?? "").split(`\n<!-- /${mark} -->`)[0] ?? "";
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "-"), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n")
    .replace(/^(\| - )+\|$/m, `|${"-|".repeat(head.length)}`);
}

test("docs/models.md shows the catalog as it is", () => {
  const rows = Object.entries(builtInCatalog.models ?? {}).map(([id, model]) => {
    const guess = (field: string): string => (model.guessed?.includes(field) ? "?" : "");
    const alias = Object.entries(builtInCatalog.aliases ?? {}).find(([, target]) => target === id)?.[0];
    const { input = 0, output = 0, cacheRead = 0, cacheWrite = 0, longPrompt } = model.price ?? {};
    const long = longPrompt ? `; × ${longPrompt.factor} above ${longPrompt.above} tokens of prompt` : "";
    return [
      alias === undefined ? "" : `\`${alias}\``,
      `\`${id}\``,
      String(model.contextTokens),
      String(model.maxOutputTokens),
      `${model.cacheMinimumTokens}${guess("cacheMinimumTokens")}`,
      model.thinking === "always"
        ? "nothing"
        : model.thinking === "none"
          ? "(not asked for)"
          : `\`${model.thinking}\``,
      `${input} / ${output} / ${cacheRead}${guess("price.cacheRead")} / ${cacheWrite}${guess("price.cacheWrite")}${long}`,
    ];
  });
  const head = [
    "Alias",
    "Model",
    "Window",
    "Longest answer",
    "Cached from",
    "Thinking is turned off by",
    "USD per million tokens: in / out / cache read / cache write",
  ];
  expect(between("models")).toBe(table(head, rows));
  expect(page).toContain(`as of ${builtInCatalog.asOf}`);
});

test("docs/models.md shows what each profile has as it is", () => {
  const word = ({ has, guessed }: Support): string => `${has ? "yes" : "no"}${guessed ? "?" : ""}`;
  const all = profileNames.map((name) => profiles[name]);
  const rows = [
    ["name", ...profileNames.map((name) => `\`${name}\``)],
    ["address", ...all.map(({ baseUrl }) => baseUrl ?? "")],
    ["needs a key", ...all.map(({ needsKey }) => (needsKey ? "yes" : "no"))],
    ["models of its own", ...all.map(({ hasOwnModels }) => (hasOwnModels ? "yes" : "no"))],
    ...(Object.keys(features) as Feature[]).map((feature) => [
      features[feature],
      ...all.map((profile) => word(profile.features[feature])),
    ]),
    [
      "stop reasons not to trust",
      ...all.map(({ distrustedStopReasons: reasons }) => reasons.map((reason) => `\`${reason}\``).join(", ")),
    ],
  ];
  expect(between("providers")).toBe(table(["", ...all.map(({ title }) => title)], rows));
});

test("the examples of docs/models.md are right", () => {
  const [settings = "", models = ""] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(
    ([, text]) => text ?? "",
  );
  const registry = openModelRegistry({
    file: { path: "models.yml", text: models },
    apiKey: "k",
    baseUrl: null,
    valueOf: () => "team",
  });
  expect(registry.open("qwen").id).toBe("ollama/qwen3-coder:30b");
  expect(registry.open("haiku").id).toBe("team/Qwen/Qwen3-Coder-480B");
  expect(loadSettings(settings)).toMatchObject({
    ok: true,
    settings: { models: { planner: "opus", coder: "haiku" }, review: { lenses } },
  });
});
