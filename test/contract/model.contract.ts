import { describe, expect, test } from "vitest";
import type { Model, ModelReply } from "../../src/agent/model.ts";
import { aRequest } from "../support/scripted-model.ts";

/** What an agent relies on in any model. `start` gives one that answers so: the first turn, then the second, and no more. */
export function modelContract(
  name: string,
  start: (
    turns: readonly { say: string; calls: readonly { tool: string; input: unknown }[] }[],
  ) => Promise<Model>,
): void {
  const turns = [
    {
      say: "I look.",
      calls: [{ tool: "bash", input: { command: "ls", nested: { list: [1, null, "ü\u2028"] } } }],
    },
    { say: "Done.", calls: [] },
  ];

  describe(`${name} keeps the contract of a model`, () => {
    test("it has an id", async () => {
      expect((await start(turns)).id).not.toBe("");
    });

    test("a reply has texts, calls with their input as it was meant, and usage", async () => {
      const reply = await (await start(turns)).send(aRequest());
      expect(reply.content).toEqual([
        { type: "text", text: "I look." },
        { type: "tool_call", id: expect.any(String), name: "bash", input: turns[0]?.calls[0]?.input },
      ]);
      expect(reply.stopReason).toBe("tool_use");
      expectCount(reply.usage.input);
      expectCount(reply.usage.output);
      if (reply.usage.cacheRead !== null) expectCount(reply.usage.cacheRead);
    });

    test("a conversation goes on with the result of a call", async () => {
      const model = await start(turns);
      const first = await model.send(aRequest());
      const second = await model.send(aRequest({ messages: afterCall(first) }));
      expect(second).toMatchObject({ content: [{ type: "text", text: "Done." }], stopReason: "end_turn" });
    });

    test("an aborted signal rejects with its own reason", async () => {
      const signal = AbortSignal.abort(new Error("stopped"));
      await expect((await start(turns)).send(aRequest({ signal }))).rejects.toThrow("stopped");
    });
  });
}

function expectCount(tokens: number): void {
  expect(Number.isSafeInteger(tokens) && tokens >= 0).toBe(true);
}

function afterCall(reply: ModelReply) {
  const results = reply.content.flatMap((block) =>
    block.type === "tool_call"
      ? [{ type: "tool_result" as const, callId: block.id, text: "README.md", isError: false }]
      : [],
  );
  return [
    ...aRequest().messages,
    { role: "assistant" as const, content: reply.content },
    { role: "user" as const, content: results },
  ];
}
