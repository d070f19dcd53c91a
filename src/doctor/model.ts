import { AnthropicModel } from "../agent/anthropic-model.ts";
import { resolveModel } from "../agent/model-catalog.ts";
import type { Config } from "../config.ts";
import { ConfigurationError } from "../errors.ts";
import { defaultSettings } from "../settings/load-settings.ts";

/**
 * One short question to each model that the roles have where settings say nothing: it costs a few tokens and proves key, name,
 * endpoint and streaming. Throws ConfigurationError, ModelError.
 */
export async function lookAtModels({ model }: Config, options: { seconds: number }): Promise<string> {
  const { apiKey, baseUrl } = model;
  if (apiKey === null && baseUrl === null) {
    throw new ConfigurationError("doctor.no_model_key", "There is no key for a model.", {
      mend: "Set ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL for another endpoint than Anthropic's own.",
    });
  }
  const roles = ["planner", "coder", "reviewer"] as const;
  const ids = new Set(roles.map((role) => resolveModel(model[role] ?? defaultSettings.models[role]).id));
  await Promise.all(
    [...ids].map((id) =>
      new AnthropicModel({
        id,
        apiKey: apiKey ?? "none",
        ...(baseUrl === null ? {} : { baseURL: baseUrl }),
        attempts: 1,
      }).send({
        system: "You answer with one word.",
        tools: [],
        messages: [{ role: "user", content: [{ type: "text", text: "Say ready." }] }],
        maxOutputTokens: 16,
        signal: AbortSignal.timeout(options.seconds * 1000),
      }),
    ),
  );
  const verb = ids.size === 1 ? "answers" : "answer";
  return `${[...ids].join(", ")} ${verb} at ${baseUrl ?? "https://api.anthropic.com"}`;
}
