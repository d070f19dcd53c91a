import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { AnthropicModel } from "../../src/agent/anthropic-model.ts";
import type { ModelMessage } from "../../src/agent/model.ts";
import { ModelError } from "../../src/errors.ts";
import { aRequest, startModel } from "../support/scripted-model.ts";

const ls = { say: "I look.", calls: [{ tool: "bash", input: { command: "ls – ünïcode 🦉" } }] };
const lsContent = [
  { type: "text", text: "I look." },
  { type: "tool_call", name: "bash", input: { command: "ls – ünïcode 🦉" } },
];

describe("a turn is asked for again", () => {
  test("when its stream is cut at any place, and the answer is the same", async () => {
    const { server, model, waits } = await startModel([ls]);
    const response = await fetch(`${server.url}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": server.apiKey },
      body: JSON.stringify({
        model: model.id,
        stream: true,
        max_tokens: 1,
        system: "You are the coder of Handback.",
        messages: [{ role: "user", content: "Begin." }],
      }),
    });
    const bytes = (await response.arrayBuffer()).byteLength;
    const before = server.requests.length;
    let cuts = 0;
    for (let afterBytes = 0; afterBytes < bytes - 2; afterBytes += 13) {
      server.fail({ kind: "cut", afterBytes, reset: cuts % 2 === 1 });
      cuts += 1;
      expect(await model.send(aRequest())).toMatchObject({ content: lsContent, stopReason: "tool_use" });
    }
    expect(server.requests.length - before).toBe(2 * cuts);
    expect(waits).toHaveLength(cuts);
  });

  test.each([429, 500, 503, 529])("on status %i", async (status) => {
    const { server, model, waits } = await startModel([ls]);
    server.fail({ kind: "status", status }, { kind: "status", status });
    expect(await model.send(aRequest())).toMatchObject({ content: lsContent });
    expect(server.requests).toHaveLength(3);
    expect(waits[0]).toBeGreaterThanOrEqual(500);
    expect(waits[1]).toBeGreaterThan(900);
  });

  test("on an error event in the stream that will pass", async () => {
    const { server, model } = await startModel([ls]);
    server.fail({ kind: "error_event", type: "overloaded_error" });
    expect(await model.send(aRequest())).toMatchObject({ content: lsContent });
  });

  test("when the stream falls silent", async () => {
    const { server, model } = await startModel([ls], { idleMs: 1_500 });
    server.fail({ kind: "silence" });
    expect(await model.send(aRequest())).toMatchObject({ content: lsContent });
    expect(server.requests).toHaveLength(2);
  });

  test("but not when the stream is slow and goes on", async () => {
    const { server, model } = await startModel([{ say: "word ".repeat(60) }], { idleMs: 1_500 }, 400);
    expect(await model.send(aRequest())).toMatchObject({ stopReason: "end_turn" });
    expect(server.requests).toHaveLength(1);
  });

  test("after the time that the server asks for, but never more than a minute", async () => {
    const { server, model, waits } = await startModel([ls]);
    server.fail(
      { kind: "status", status: 429, retryAfter: "7" },
      { kind: "status", status: 529, retryAfter: "9999" },
    );
    await model.send(aRequest());
    expect(waits).toEqual([7_000, 60_000]);
  });
});

describe("a turn ends at once", () => {
  test("with the reason of the signal, while it waits for the next attempt", async () => {
    const { server } = await startModel([ls]);
    const model = new AnthropicModel({ id: "claude-sonnet-5-5", apiKey: server.apiKey, baseURL: server.url });
    server.fail({ kind: "status", status: 429, retryAfter: "60" });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped by ann")), 100);
    const startedAt = performance.now();
    await expect(model.send(aRequest({ signal: stop.signal }))).rejects.toThrow("stopped by ann");
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  test("with the reason of the signal, in the middle of a stream", async () => {
    const { server, model } = await startModel([ls]);
    server.fail({ kind: "silence" });
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error("stopped by ann")), 100);
    await expect(model.send(aRequest({ signal: stop.signal }))).rejects.toThrow("stopped by ann");
    expect(server.requests).toHaveLength(1);
  });

  test("when the key is wrong, with words for the operator", async () => {
    const { model, waits } = await startModel([ls], { apiKey: "wrong" });
    const error = await model.send(aRequest()).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelError);
    expect(error).toMatchObject({
      code: "model.key_rejected",
      mend: expect.stringContaining("ANTHROPIC_API_KEY"),
    });
    expect(JSON.stringify((error as ModelError).fields)).not.toContain("wrong");
    expect(waits).toEqual([]);
  });

  test("when the model is unknown, naming those that the server has", async () => {
    const { model, waits } = await startModel([ls], { id: "claude-nonsense" });
    await expect(model.send(aRequest())).rejects.toMatchObject({
      code: "model.unknown",
      message: expect.stringContaining("claude-nonsense"),
      mend: expect.stringContaining("claude-opus-5-5, claude-sonnet-5-5, claude-haiku-5-5"),
    });
    expect(waits).toEqual([]);
  });

  test("when the request itself is wrong", async () => {
    const { server, model } = await startModel([ls]);
    server.fail({ kind: "status", status: 400 });
    await expect(model.send(aRequest())).rejects.toMatchObject({ code: "model.bad_request" });
    expect(server.requests).toHaveLength(1);
  });
});

test.each([
  [{ kind: "status", status: 529 }, "model.overloaded"],
  [{ kind: "status", status: 429 }, "model.rate_limited"],
  [{ kind: "status", status: 500 }, "model.failing"],
  [{ kind: "cut", afterBytes: 300 }, "model.stream_cut"],
] as const)("after as many attempts as allowed, %j becomes %s", async (fault, code) => {
  const { server, model } = await startModel([ls], { attempts: 3 });
  server.fail(fault, fault, fault);
  await expect(model.send(aRequest())).rejects.toMatchObject({
    code,
    mend: expect.stringMatching(/write the command again/i),
  });
  expect(server.requests).toHaveLength(3);
});

test("a server that is not there is named as unreachable", async () => {
  const { model, server } = await startModel([ls], { attempts: 2 });
  await server.close();
  await expect(model.send(aRequest())).rejects.toMatchObject({ code: "model.unreachable" });
});

test("a server that is no model server is told apart from an unknown model", async () => {
  const server = createServer((_, response) => response.writeHead(404).end("<html>nothing here</html>"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const model = new AnthropicModel({ id: "claude-sonnet-5-5", apiKey: "k", baseURL });
  await expect(model.send(aRequest())).rejects.toMatchObject({
    code: "model.bad_request",
    mend: expect.stringContaining("ANTHROPIC_BASE_URL"),
  });
});

test("usage that the server leaves out is unknown where it may be, and no failure", async () => {
  const { server, model } = await startModel([ls]);
  server.fail({ kind: "no_usage" });
  expect(await model.send(aRequest())).toMatchObject({
    content: lsContent,
    usage: { input: 0, output: 0, cacheRead: null, cacheWrite: null },
  });
});

test("an answer cut by max_tokens says so", async () => {
  const { server, model } = await startModel([ls]);
  server.fail({ kind: "max_tokens" });
  expect(await model.send(aRequest())).toMatchObject({ stopReason: "max_tokens" });
});

test("a refusal is a reply, not an error", async () => {
  const { server, model } = await startModel([ls]);
  server.fail({ kind: "refusal" });
  expect(await model.send(aRequest())).toMatchObject({ stopReason: "refusal" });
});

test("the system prompt and the last two user messages end in cache breakpoints, and nothing else does", async () => {
  const { server, model } = await startModel([ls, ls, ls]);
  const messages: ModelMessage[] = [{ role: "user", content: [{ type: "text", text: "Begin." }] }];
  for (const n of [1, 2]) {
    messages.push({
      role: "assistant",
      content: [{ type: "tool_call", id: `c${n}`, name: "bash", input: {} }],
    });
    messages.push({
      role: "user",
      content: [{ type: "tool_result", callId: `c${n}`, text: "ok", isError: false }],
    });
  }
  await model.send(aRequest({ messages }));
  const [sent] = server.requests;
  const marked = sent?.messages.map(({ content }) => JSON.stringify(content).includes("cache_control"));
  expect(marked).toEqual([false, false, true, false, true]);
  expect(JSON.stringify(sent?.system)).toContain("cache_control");
  expect(JSON.stringify(sent).match(/cache_control/g)).toHaveLength(3);
});

test("what side-by-side agents share of their first message is read from the cache by the second of them", async () => {
  const { model } = await startModel([ls, ls]);
  const shared = { type: "text", text: "The diff. ".repeat(1_000) } as const;
  const asked = (own: string) =>
    aRequest({ messages: [{ role: "user", content: [shared, { type: "text", text: own }] }] });
  const first = await model.send(asked("Look for faults."));
  const second = await model.send(asked("Look for tests."));
  expect(first.usage.cacheRead).toBe(0);
  expect(second.usage.cacheRead).toBeGreaterThan(2_400);
  expect(second.usage.cacheWrite).toBeLessThan(100);
});

test("a turn with more blocks than a provider looks back over finds what the turn before wrote", async () => {
  const { model } = await startModel([ls, ls]);
  const begin = { role: "user", content: [{ type: "text", text: "Begin. ".repeat(1_000) }] } as const;
  const first = await model.send(aRequest({ messages: [begin] }));
  const ids = Array.from({ length: 40 }, (_, n) => `c${n}`);
  const second = await model.send(
    aRequest({
      messages: [
        begin,
        {
          role: "assistant",
          content: ids.map((id) => ({ type: "tool_call", id, name: "bash", input: {} })),
        },
        {
          role: "user",
          content: ids.map((callId) => ({ type: "tool_result", callId, text: "ok", isError: false })),
        },
      ],
    }),
  );
  expect(second.usage.cacheRead).toBe(first.usage.cacheWrite);
});

test("a growing conversation reads its beginning from the cache", async () => {
  const { model } = await startModel([ls, ls]);
  const system = `You are the coder of Handback.${" Be good.".repeat(1_000)}`;
  const first = await model.send(aRequest({ system }));
  expect(first.usage.cacheRead).toBe(0);
  expect(first.usage.cacheWrite).toBeGreaterThan(2_000);
  const messages: ModelMessage[] = [
    ...aRequest().messages,
    { role: "assistant", content: first.content },
    { role: "user", content: [{ type: "text", text: "Go on." }] },
  ];
  const second = await model.send(aRequest({ system, messages }));
  expect(second.usage.cacheRead).toBe(first.usage.cacheWrite);
});

test("blocks of the provider's own go back to it unchanged", async () => {
  const { server, model } = await startModel([ls, ls]);
  const thinking = { type: "thinking", thinking: "hm", signature: "s1g" };
  await model.send(
    aRequest({
      messages: [
        ...aRequest().messages,
        {
          role: "assistant",
          content: [
            { type: "opaque", value: thinking },
            { type: "text", text: "x" },
          ],
        },
        { role: "user", content: [{ type: "text", text: "Go on." }] },
      ],
    }),
  );
  expect(server.requests[0]?.messages[1]?.content).toEqual([thinking, { type: "text", text: "x" }]);
});
