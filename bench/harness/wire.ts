import { z } from "zod";

/** A request for a message as a harness sends it; only what the bench looks at is named, the rest is kept. */
export type WireRequest = z.infer<typeof wireRequest>;
export type WireBlock = z.infer<typeof wireBlock>;
export type WireTool = z.infer<typeof wireTool>;

const wireBlock = z.looseObject({ cache_control: z.looseObject({ ttl: z.string().optional() }).nullish() });
const wireTool = wireBlock.extend({
  name: z.string(),
  description: z.string().optional(),
  input_schema: z.looseObject({}).optional(),
});
const content = z.union([z.string(), z.array(wireBlock)]);

export const wireRequest = z.looseObject({
  model: z.string(),
  stream: z.boolean().optional(),
  cache_control: z.looseObject({}).nullish(),
  tools: z.array(wireTool).default([]),
  system: content.default([]),
  messages: z.array(z.looseObject({ role: z.string(), content })),
});

export function blocksOf(text: string | readonly WireBlock[]): readonly WireBlock[] {
  return typeof text === "string" ? [{ type: "text", text }] : text;
}
