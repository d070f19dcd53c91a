import { ConfigurationError } from "../errors.ts";

/** Earlier than anything else: without a key or a server, the work would end at its first agent. */
export function requireModelKey(model: {
  readonly apiKey: string | null;
  readonly baseUrl: string | null;
  readonly file: string | null;
}): void {
  if (model.apiKey !== null || model.baseUrl !== null || model.file !== null) return;
  throw new ConfigurationError("config.no_model_key", "There is no key for a model, so no agent can work.", {
    mend: "Set ANTHROPIC_API_KEY, and ANTHROPIC_BASE_URL for another endpoint than Anthropic's own.",
  });
}
