import { yes, type ProviderProfile } from "./profile.ts";

/** platform.claude.com/docs and @anthropic-ai/sdk 1.12. Which model takes which thinking stands in the catalog. */
export const anthropic: ProviderProfile = {
  title: "Anthropic",
  baseUrl: "https://api.anthropic.com",
  needsKey: true,
  hasOwnModels: false,
  features: {
    tools: yes,
    // Newer models refuse a forced tool; `auto` is what everybody takes, and all that we ask for.
    toolChoice: yes,
    cacheControl: yes,
    cacheUsage: yes,
    thinking: yes,
    signedThinking: yes,
    effort: yes,
    structuredOutput: yes,
    countTokens: yes,
    modelsList: yes,
    modelLimits: yes,
    images: yes,
  },
  distrustedStopReasons: [],
  source: "platform.claude.com/docs, @anthropic-ai/sdk 1.12",
};
