import type { Usage } from "../run/events.ts";

/** Tokens of something that no provider has counted: four bytes of JSON are taken for one. */
export function estimateTokens(value: unknown): number {
  return Math.ceil(Buffer.byteLength(JSON.stringify(value)) / 4);
}

/** Everything that a request and its answer held, as the provider counted it. */
export function countedTokens(usage: Usage): number {
  return promptTokens(usage) + usage.output;
}

/** The usage of a call; where the server left it out, an estimate which says so, so that limits bind all the same. */
export function usageOrEstimate(usage: Usage, estimate: { input: number; output: number }): Usage {
  const isInputMissing = promptTokens(usage) <= 0;
  const isOutputMissing = usage.output <= 0 && estimate.output > 0;
  if (!isInputMissing && !isOutputMissing) return usage;
  return {
    ...usage,
    input: isInputMissing ? estimate.input : usage.input,
    output: isOutputMissing ? estimate.output : usage.output,
    isEstimated: true,
  };
}

function promptTokens({ input, cacheRead, cacheWrite }: Usage): number {
  return input + (cacheRead ?? 0) + (cacheWrite ?? 0);
}
