import { no, noGuess, yes, yesGuess, type ProviderProfile } from "./profile.ts";

/**
 * docs.litellm.ai/docs/anthropic_unified: all its models in the form of /v1/messages. What a model behind it lacks, the gateway
 * drops or translates. Streams that called a tool ended as end_turn (BerriAI/litellm#34692).
 */
export const litellm: ProviderProfile = {
  title: "LiteLLM",
  baseUrl: "http://127.0.0.1:4000",
  needsKey: true,
  hasOwnModels: true,
  features: {
    tools: yes,
    toolChoice: yes,
    // Passed on to models that have it.
    cacheControl: yesGuess,
    cacheUsage: yesGuess,
    thinking: yesGuess,
    signedThinking: noGuess,
    effort: noGuess,
    structuredOutput: yes,
    countTokens: yesGuess,
    // /v1/models is there in the form of OpenAI's API.
    modelsList: no,
    modelLimits: no,
    images: yes,
  },
  distrustedStopReasons: ["end_turn"],
  source: "docs.litellm.ai/docs/anthropic_unified",
};
