import { blockBytes, tokensOf } from "./count-tokens.ts";
import { blocksOf, type WireBlock, type WireRequest } from "./wire.ts";

/** What stands at the head of a harness's conversation, in tokens by the bench's rule. */
export interface PromptFacts {
  readonly tools: number;
  readonly toolTokens: number;
  readonly systemTokens: number;
  readonly firstMessageTokens: number;
  readonly breakpoints: number;
  readonly maxOutputTokens: number | null;
}

export function promptFacts(body: WireRequest): PromptFacts {
  const messages = body.messages.flatMap(({ content }) => blocksOf(content));
  const marked = [...body.tools, ...blocksOf(body.system), ...messages].filter((block) =>
    JSON.stringify(block).includes('"cache_control":{'),
  );
  const limit = body["max_tokens"];
  return {
    tools: body.tools.length,
    toolTokens: tokensIn(body.tools),
    systemTokens: tokensIn(blocksOf(body.system)),
    firstMessageTokens: tokensIn(messages),
    breakpoints: marked.length,
    maxOutputTokens: typeof limit === "number" ? limit : null,
  };
}

function tokensIn(blocks: readonly WireBlock[]): number {
  return tokensOf(blocks.reduce((sum, block) => sum + blockBytes(block), 0));
}
