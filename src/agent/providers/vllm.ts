import { no, noGuess, yes, yesGuess, type ProviderProfile } from "./profile.ts";

/**
 * vllm/entrypoints/anthropic/protocol.py: a tool without `input_schema` is refused; `thinking` is not a field of a request and is
 * passed over; `output_config.effort` is; count_tokens is there. Tools need --enable-auto-tool-choice and a --tool-call-parser.
 */
export const vllm: ProviderProfile = {
  title: "vLLM",
  baseUrl: "http://127.0.0.1:8000",
  needsKey: false,
  hasOwnModels: true,
  features: {
    tools: yes,
    toolChoice: yes,
    cacheControl: no,
    // The fields are there; whether they are filled depends on the version.
    cacheUsage: yesGuess,
    thinking: no,
    signedThinking: noGuess,
    effort: yes,
    structuredOutput: yes,
    countTokens: yes,
    modelsList: no,
    modelLimits: no,
    images: yes,
  },
  // A text followed by a call ended as end_turn behind a gateway (maximhq/bifrost#3638).
  distrustedStopReasons: ["end_turn"],
  source: "vllm/entrypoints/anthropic/protocol.py, docs.vllm.ai",
};
