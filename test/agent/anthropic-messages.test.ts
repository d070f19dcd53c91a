import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { messageParams, type Dialect } from "../../src/agent/anthropic-messages.ts";
import type { ModelMessage } from "../../src/agent/model.ts";
import { profiles } from "../../src/agent/providers/profiles.ts";
import { efforts } from "../../src/run/effort.ts";
import { aRequest } from "../support/scripted-model.ts";

const opus: Dialect = { profile: profiles.anthropic, thinking: "always" };
const sonnet: Dialect = { profile: profiles.anthropic, thinking: "between_tools" };
const haiku: Dialect = { profile: profiles.anthropic, thinking: "disabled" };
const older: Dialect = { profile: profiles.anthropic, thinking: "none" };
const unknown: Dialect = { profile: profiles.anthropic, thinking: null };
const vllm: Dialect = { profile: profiles.vllm, thinking: null };
const ollama: Dialect = { profile: profiles.ollama, thinking: null };
const lmstudio: Dialect = { profile: profiles.lmstudio, thinking: null };

function thinkingOf(dialect: Dialect, effort: (typeof efforts)[number] | undefined) {
  const request = effort === undefined ? aRequest() : aRequest({ effort });
  const { thinking, output_config } = messageParams("m", request, dialect);
  return {
    ...(thinking && { thinking: thinking.type }),
    ...(output_config && { effort: output_config.effort }),
  };
}

describe("effort", () => {
  test.each([opus, sonnet, haiku])("is thinking that adapts, of that effort (%#)", (dialect) => {
    expect(thinkingOf(dialect, "high")).toEqual({ thinking: "adaptive", effort: "high" });
    expect(thinkingOf(dialect, "max")).toEqual({ thinking: "adaptive", effort: "max" });
  });

  test("off is said as each model wants it, and as little as can be where it cannot be off", () => {
    expect(thinkingOf(haiku, "off")).toEqual({ thinking: "disabled" });
    expect(thinkingOf(sonnet, "off")).toEqual({ thinking: "between_tools" });
    expect(thinkingOf(opus, "off")).toEqual({ thinking: "adaptive", effort: "low" });
  });

  test("is left out for a model that does not know it, or of which nothing is known", () => {
    for (const effort of efforts) {
      expect(thinkingOf(older, effort)).toEqual({});
      expect(thinkingOf(unknown, effort)).toEqual({});
      expect(thinkingOf(lmstudio, effort)).toEqual({});
    }
  });

  test("goes to a server as far as its profile goes", () => {
    expect(thinkingOf(vllm, "high")).toEqual({ effort: "high" });
    expect(thinkingOf(vllm, "off")).toEqual({});
    expect(thinkingOf(ollama, "high")).toEqual({});
    expect(thinkingOf(ollama, "off")).toEqual({ thinking: "disabled" });
  });

  test("that nobody chose is the model's own", () => {
    for (const dialect of [opus, haiku, vllm, ollama]) expect(thinkingOf(dialect, undefined)).toEqual({});
  });
});

describe("thinking goes back to the server", () => {
  const signed = { type: "thinking", thinking: "hm", signature: "s1g" };
  const unsigned = { type: "thinking", thinking: "hm", signature: "" };
  const foreign = { type: "server_trick", data: 1 };
  const sentBack = (dialect: Dialect, ...blocks: unknown[]) => {
    const content = blocks.map((value) => ({ type: "opaque" as const, value }));
    const messages: ModelMessage[] = [{ role: "assistant", content }];
    return messageParams("m", aRequest({ messages }), dialect).messages[0]?.content;
  };

  test("that signs it only when it is signed, with all its other blocks", () => {
    expect(sentBack(opus, signed, unsigned, foreign)).toEqual([signed, foreign]);
  });

  test("that does not sign it as it is, and nothing that it may not know", () => {
    expect(sentBack(ollama, unsigned, foreign)).toEqual([unsigned]);
  });

  test("that knows none not at all, and no message is empty for it", () => {
    expect(sentBack(vllm, unsigned, foreign)).toEqual([{ type: "text", text: "(no answer)" }]);
  });
});

test("every call has an id of its own, and its result goes by it, whatever ids a server gives", () => {
  const ids = fc.array(fc.array(fc.constantFrom("", "a", "a_1", "a_2", "a_3", "call_1"), { maxLength: 5 }), {
    maxLength: 5,
  });
  fc.assert(
    fc.property(ids, (turns) => {
      const messages = turns.flatMap((calls, turn): ModelMessage[] => [
        {
          role: "assistant",
          content: calls.map((id, n) => ({ type: "tool_call", id, name: `${turn}.${n}`, input: {} })),
        },
        {
          role: "user",
          content: calls.map((callId, n) => ({
            type: "tool_result",
            callId,
            text: `${turn}.${n}`,
            isError: false,
          })),
        },
      ]);
      const sent = messageParams("m", aRequest({ messages }), opus).messages;
      const blocks = sent.flatMap(({ content }) => (typeof content === "string" ? [] : content));
      const calls = blocks.flatMap((block) => (block.type === "tool_use" ? [[block.name, block.id]] : []));
      const results = blocks.flatMap((block) =>
        block.type === "tool_result" && typeof block.content !== "string"
          ? block.content?.map((part) => [part.type === "text" ? part.text : "", block.tool_use_id])
          : [],
      );
      expect(new Set(calls.map(([, id]) => id)).size).toBe(calls.length);
      expect(calls.every(([, id]) => id !== "")).toBe(true);
      expect(results).toEqual(calls);
    }),
  );
});
