import type { WireBlock } from "./wire.ts";

/**
 * The one rule by which the bench counts tokens, for every harness: four bytes of what a model reads are a token, and a
 * block is framed by four more. Texts count as they are, without the quotes and escapes of JSON around them; inputs and
 * schemas count as JSON. No tokenizer of the provider is public; a rule that is the same for all keeps the ratios.
 */
export function blockBytes(block: WireBlock): number {
  return frameBytes + Buffer.byteLength(readable(block));
}

export function tokensOf(bytes: number): number {
  return Math.ceil(bytes / bytesInToken);
}

const bytesInToken = 4;
const frameBytes = 4 * bytesInToken;

function readable(block: WireBlock): string {
  const { type, text, name, input, content, description, input_schema } = block;
  if (type === "text" && typeof text === "string") return text;
  if (type === "tool_use") return `${String(name)}${JSON.stringify(input)}`;
  if (type === "tool_result") return typeof content === "string" ? content : texts(content);
  if (input_schema)
    return `${String(name)}${typeof description === "string" ? description : ""}${JSON.stringify(input_schema)}`;
  return JSON.stringify(block);
}

function texts(content: unknown): string {
  return Array.isArray(content) ? content.map((inner: WireBlock) => readable(inner)).join("") : "";
}
