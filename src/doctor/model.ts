import type { ModelRegistry } from "../agent/model-registry.ts";
import type { Config } from "../config.ts";
import { openModels } from "../main.ts";
import { defaultSettings } from "../settings/load-settings.ts";
import { roleNames } from "../triggers/trigger.ts";

/**
 * One short question to each model that the roles have where settings say nothing: it costs a few tokens and proves key, name,
 * endpoint and streaming. Throws ConfigurationError, ModelError.
 */
export async function lookAtModels(config: Config, options: { seconds: number }): Promise<string> {
  const registry = openModels(config);
  const names = roleNames.map((role) => config.model[role] ?? defaultSettings.models[role]);
  const models = new Map(
    names.map((name) => registry.open(name, { attempts: 1 })).map((model) => [model.id, model]),
  );
  await Promise.all(
    [...models.values()].map((model) =>
      model.send({
        system: "You answer with one word.",
        tools: [],
        messages: [{ role: "user", content: [{ type: "text", text: "Say ready." }] }],
        maxOutputTokens: 16,
        signal: AbortSignal.timeout(options.seconds * 1000),
      }),
    ),
  );
  const verb = models.size === 1 ? "answers" : "answer";
  return `${[...models.keys()].join(", ")} ${verb} at ${addresses(registry, names)}`;
}

function addresses({ names, providers }: ModelRegistry, wanted: readonly string[]): string {
  const found = wanted.flatMap((name) => {
    const one = names.find(name);
    return one.ok ? [one.model.provider.baseUrl] : [];
  });
  const all = new Set(found.length > 0 ? found : providers.map(({ baseUrl }) => baseUrl));
  return [...all].join(", ");
}
