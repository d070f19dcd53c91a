import { no, noGuess, yes, yesGuess, type ProviderProfile } from "./profile.ts";

/**
 * tools/server/README.md of ggml-org/llama.cpp (#17570): converts to its OpenAI form inside, "no strong claims of compatibility"; tools
 * need --jinja; count_tokens is there. What becomes of `thinking` depends on the model's template.
 */
export const llamacpp: ProviderProfile = {
  title: "llama.cpp",
  baseUrl: "http://127.0.0.1:8080",
  needsKey: false,
  hasOwnModels: true,
  features: {
    tools: yes,
    toolChoice: yes,
    cacheControl: no,
    cacheUsage: noGuess,
    thinking: yesGuess,
    signedThinking: noGuess,
    effort: noGuess,
    structuredOutput: noGuess,
    countTokens: yes,
    modelsList: no,
    modelLimits: no,
    images: yesGuess,
  },
  distrustedStopReasons: ["end_turn"],
  source: "ggml-org/llama.cpp, tools/server/README.md",
};
