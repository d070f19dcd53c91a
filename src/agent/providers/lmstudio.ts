import { no, noGuess, yes, type ProviderProfile } from "./profile.ts";

/** lmstudio.ai/docs/developer/anthropic-compat lists POST /v1/messages alone, with streaming and tools; a key only when one is set up. */
export const lmstudio: ProviderProfile = {
  title: "LM Studio",
  baseUrl: "http://127.0.0.1:1234",
  needsKey: false,
  hasOwnModels: true,
  features: {
    tools: yes,
    toolChoice: noGuess,
    cacheControl: noGuess,
    cacheUsage: noGuess,
    thinking: noGuess,
    signedThinking: noGuess,
    effort: noGuess,
    structuredOutput: noGuess,
    countTokens: no,
    modelsList: noGuess,
    modelLimits: no,
    images: noGuess,
  },
  distrustedStopReasons: ["end_turn"],
  source: "lmstudio.ai/docs/developer/anthropic-compat",
};
