import { no, noGuess, yes, type ProviderProfile } from "./profile.ts";

/**
 * docs.ollama.com/api/anthropic-compatibility names what is not supported: count_tokens, tool_choice, prompt caching, batches,
 * citations, documents. Thinking is there, but not how much of it. It keeps a prefix cache of its own and does not tell of it.
 */
export const ollama: ProviderProfile = {
  title: "Ollama",
  baseUrl: "http://127.0.0.1:11434",
  needsKey: false,
  hasOwnModels: true,
  features: {
    tools: yes,
    toolChoice: no,
    cacheControl: no,
    cacheUsage: no,
    thinking: yes,
    signedThinking: noGuess,
    effort: noGuess,
    structuredOutput: noGuess,
    countTokens: no,
    // /v1/models is there in the form of OpenAI's API.
    modelsList: noGuess,
    modelLimits: no,
    images: yes,
  },
  // Answers with a call were seen to end as end_turn behind a gateway (BerriAI/litellm#34692).
  distrustedStopReasons: ["end_turn"],
  source: "docs.ollama.com/api/anthropic-compatibility",
};
