import type { ModelFacts } from "../agent/model.ts";
import { haystack } from "./haystack.ts";
import { ProbeFailed, type Ask, type ContextProbeName, type Probe } from "./probe.ts";

const sizes: readonly { name: ContextProbeName; tokens: number }[] = [
  { name: "context_8k", tokens: 8_000 },
  { name: "context_32k", tokens: 32_000 },
  { name: "context_128k", tokens: 128_000 },
];

/** One sentence to be found in prompts of growing length. What costs money stays short unless `thorough`. */
export function contextProbes(options: { facts: ModelFacts; mayCost: boolean; thorough: boolean }): Probe[] {
  const { facts, mayCost, thorough } = options;
  return sizes.map(({ name, tokens }): Probe => {
    const isTooLong = facts.contextTokens !== null && facts.contextTokens < tokens + 2_000;
    const isTooDear = mayCost && !thorough && tokens > 8_000;
    return {
      name,
      title: `finds a sentence in ${tokens / 1000}k tokens`,
      tokens,
      skipped: isTooLong
        ? `its window is ${facts.contextTokens} tokens`
        : isTooDear
          ? "it costs more; ask with --thorough"
          : null,
      ask: async (ask) => {
        const reply = await askFor(ask, tokens);
        const said = reply.content.flatMap((block) => (block.type === "text" ? [block.text] : [])).join(" ");
        if (said.includes(codeWord))
          return `found it, counted ${reply.usage.input + (reply.usage.cacheRead ?? 0) + (reply.usage.cacheWrite ?? 0)} tokens`;
        throw new ProbeFailed(`did not find it: the server may cut long prompts (set its context length)`);
      },
    };
  });
}

/** The same long prompt twice: the second time it should come from the cache. */
export function cacheProbe(options: { facts: ModelFacts; isAskedFor: boolean }): Probe {
  const minimum = options.facts.cacheMinimumTokens ?? 4_096;
  return {
    name: "cache",
    title: "reads a prompt from its cache",
    tokens: 16_000,
    skipped: options.isAskedFor ? null : "its server is not asked to cache, and may do so unasked",
    ask: async (ask) => {
      await askFor(ask, 8_000);
      const { usage } = await askFor(ask, 8_000);
      if (usage.cacheRead === null)
        throw new ProbeFailed("does not tell what its cache did; it is taken for nothing");
      if (usage.cacheRead === 0) {
        throw new ProbeFailed(
          `read nothing from its cache, though the prompt is longer than ${minimum} tokens`,
        );
      }
      return `${usage.cacheRead} tokens read from it`;
    },
  };
}

const codeWord = "grey-heron-417";

/** The text stands in the system prompt, which ends in a cache breakpoint. */
function askFor(ask: Ask, tokens: number): ReturnType<Ask> {
  const needle = `The code word of the lighthouse is ${codeWord}.`;
  return ask({
    system: `You answer questions about this log of a coast.\n\n${haystack(tokens, needle)}`,
    messages: [
      {
        role: "user",
        content: [{ type: "text", text: "What is the code word of the lighthouse? Answer with it alone." }],
      },
    ],
  });
}
