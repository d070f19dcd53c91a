import { describe, expect, test } from "vitest";
import type { ModelMessage } from "../../src/agent/model.ts";
import { profileNames, profiles } from "../../src/agent/providers/profiles.ts";
import { aRequest } from "../support/scripted-model.ts";
import { bytesFor } from "./messages-server.ts";
import { lookAround, looked, startTrapped } from "./start-model.ts";

describe.each(profileNames)("with the profile %s,", (profile) => {
  test("a turn comes whole, with its calls", async () => {
    const { model } = await startTrapped(profile);
    expect(await model.send(aRequest())).toMatchObject({ content: looked, stopReason: "tool_use" });
  });

  test("what the profile lacks is asked for of no server", async () => {
    const { cacheControl, thinking, effort } = profiles[profile].features;
    const { server, model } = await startTrapped(profile, {
      ...(cacheControl.has ? {} : { cacheControl: "refused" }),
      noThinking: !thinking.has,
      noEffort: !effort.has,
      noToolChoice: true,
      noCountTokens: true,
      strictSchemas: true,
    });
    for (const chosen of ["off", "low", "max"] as const) {
      expect(await model.send(aRequest({ effort: chosen }))).toMatchObject({ content: looked });
    }
    expect(server.requests).toHaveLength(3);
  });

  test("calls count whatever the stop reason says", async () => {
    for (const stopReason of ["end_turn", "tool_use", "stop_sequence", "vendor_reason", null]) {
      const { model } = await startTrapped(profile, { stopReason });
      expect(await model.send(aRequest())).toMatchObject({ content: looked });
    }
    const { model } = await startTrapped(profile, { stopReason: "end_turn" });
    expect(await model.send(aRequest())).toMatchObject({ stopReason: "tool_use" });
  });

  test("a call cut by max_tokens says so, and its input is never taken for whole", async () => {
    const { model } = await startTrapped(profile, { cutCall: true });
    const { content, stopReason } = await model.send(aRequest());
    expect(stopReason).toBe("max_tokens");
    expect(content[1]).toMatchObject({ type: "tool_call", input: expect.any(String) });
  });

  test.each(["missing", "null"] as const)("usage that is %s is no failure", async (usage) => {
    const { model } = await startTrapped(profile, { usage });
    expect(await model.send(aRequest())).toMatchObject({
      content: looked,
      usage: { input: 0, output: 0, cacheRead: null, cacheWrite: null },
    });
  });

  test("what a cache did that tells nothing is unknown, not zero", async () => {
    const { model } = await startTrapped(profile, { usage: "partly" });
    const { usage } = await model.send(aRequest());
    expect(usage).toEqual({ input: expect.any(Number), output: 12, cacheRead: null, cacheWrite: null });
    const { model: telling } = await startTrapped(profile);
    expect((await telling.send(aRequest())).usage).toMatchObject({ cacheRead: 3, cacheWrite: 5 });
  });

  test.each(["same", "empty"] as const)("calls with %s ids go back with an id each", async (ids) => {
    const call = { name: "bash", input: { command: "ls" } };
    const { server, model } = await startTrapped(
      profile,
      { ids },
      { brain: () => ({ calls: [call, call] }) },
    );
    const { content } = await model.send(aRequest());
    const results = content.flatMap((block) =>
      block.type === "tool_call"
        ? [{ type: "tool_result" as const, callId: block.id, text: "README.md", isError: false }]
        : [],
    );
    const messages = [
      ...aRequest().messages,
      { role: "assistant" as const, content },
      { role: "user" as const, content: results },
    ];
    await model.send(aRequest({ messages }));
    const sent = JSON.stringify(server.requests[1]?.messages);
    const callIds = [...sent.matchAll(/"tool_use","id":"([^"]+)"/g)].map(([, id]) => id);
    const resultIds = [...sent.matchAll(/"tool_use_id":"([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(callIds).size).toBe(2);
    expect(resultIds).toEqual(callIds);
  });

  test("blocks and events of unknown kinds are passed over", async () => {
    const { model } = await startTrapped(profile, { unknownKinds: true });
    const { content } = await model.send(aRequest());
    expect(content.filter((block) => block.type !== "opaque")).toMatchObject(looked);
  });

  test.each(["signed", "unsigned"] as const)(
    "%s thinking is no text, and goes back to who takes it",
    async (thinking) => {
      const { server, model } = await startTrapped(profile, { thinking });
      const { content } = await model.send(aRequest());
      expect(content).toMatchObject([{ type: "opaque" }, ...looked]);
      await model.send(aRequest({ messages: [...aRequest().messages, { role: "assistant", content }] }));
      const { signedThinking, thinking: takes } = profiles[profile].features;
      const isTaken = signedThinking.has ? thinking === "signed" : takes.has;
      expect(JSON.stringify(server.requests[1]).includes("First I look.")).toBe(isTaken);
    },
  );

  test("reasoning in the text stays text", async () => {
    const { model } = await startTrapped(profile, { thinking: "in_text" });
    const { content } = await model.send(aRequest());
    expect(content[0]).toEqual({ type: "text", text: "<think>First I look.</think>I look. 🦉" });
  });

  test("a call that is written into the text is no call", async () => {
    const { model } = await startTrapped(profile, { callsAsText: true });
    const { content, stopReason } = await model.send(aRequest());
    expect(content).toMatchObject([{ type: "text", text: expect.stringContaining("<tool_call>") }]);
    expect(stopReason).toBe("end_turn");
  });

  test("an answer with nothing in it is an answer", async () => {
    const { model } = await startTrapped(profile, {}, { brain: () => ({}) });
    expect(await model.send(aRequest())).toMatchObject({ content: [], stopReason: "end_turn" });
  });

  test("ten thousand calls in one answer come through, and a line of a megabyte does", async () => {
    const calls = Array.from({ length: 10_000 }, (_, n) => ({ name: "bash", input: { n } }));
    const { model } = await startTrapped(profile, {}, { brain: () => ({ calls }) });
    const { content } = await model.send(aRequest());
    expect(content).toHaveLength(10_000);
    expect(content.at(-1)).toMatchObject({ input: { n: 9_999 } });
    const text = "x".repeat(1_000_000);
    const { model: long } = await startTrapped(
      profile,
      { pieceLength: 10_000, chunkBytes: 65_537 },
      { brain: () => ({ text }) },
    );
    expect(await long.send(aRequest())).toMatchObject({ content: [{ type: "text", text }] });
  });
});

describe("bytes", () => {
  test("that leave one by one, inside characters and lines, make the same answer", async () => {
    const { model } = await startTrapped("anthropic", { chunkBytes: 1 });
    expect(await model.send(aRequest())).toMatchObject({ content: looked });
  });

  test("that are no UTF-8 become replacement characters, and the rest stands", async () => {
    const { model } = await startTrapped(
      "ollama",
      { invalidUtf8: true, chunkBytes: 3 },
      { brain: () => ({ text: "a BROKEN z" }) },
    );
    expect(await model.send(aRequest())).toMatchObject({
      content: [{ type: "text", text: "a \uFFFD(\uFFFD z" }],
    });
  });

  test("of a stream labelled as something else are read all the same", async () => {
    const { model } = await startTrapped("vllm", { contentType: "text/plain; charset=utf-8" });
    expect(await model.send(aRequest())).toMatchObject({ content: looked });
  });

  test("cut after any number of them never make a shorter answer", { timeout: 120_000 }, async () => {
    const length = bytesFor({ model: "m", max_tokens: 1, messages: [] }, lookAround, {}).length;
    let cutAfterBytes = 0;
    const traps = {
      get cutAfterBytes() {
        return cutAfterBytes;
      },
      get reset() {
        return cutAfterBytes % 2 === 1;
      },
    };
    const { model } = await startTrapped("anthropic", traps, { attempts: 1 });
    for (; cutAfterBytes < length - 2; cutAfterBytes += 1) {
      await expect(model.send(aRequest())).rejects.toMatchObject({
        code: expect.stringMatching(/^model\.(stream_cut|unreachable)$/),
      });
    }
  });
});

test("a server that gives another provider's words for a context that is full is understood", async () => {
  const { model } = await startTrapped("vllm", { windowTokens: 100 });
  const long = aRequest({ system: "x ".repeat(2_000) });
  await expect(model.send(long)).rejects.toMatchObject({ code: "model.context_full" });
});

test("thinking that is refused because something before it has changed is left out from then on, and new thinking is kept", async () => {
  const { server, model } = await startTrapped("anthropic", { thinking: "signed", bindsThinking: true });
  const goOn = { role: "user", content: [{ type: "text", text: "Go on." }] } as const;
  const talk: ModelMessage[] = [...aRequest().messages];
  for (let turn = 0; turn < 2; turn += 1) {
    const { content } = await model.send(aRequest({ messages: talk }));
    talk.push({ role: "assistant", content }, goOn);
  }
  expect(server.requests).toHaveLength(2);

  const summed = { role: "user", content: [{ type: "text", text: "What came before, in short." }] } as const;
  const kept: ModelMessage[] = [summed, ...talk.slice(3)];
  kept.push({ role: "assistant", content: (await model.send(aRequest({ messages: kept }))).content }, goOn);
  expect(server.requests).toHaveLength(4);
  await model.send(aRequest({ messages: kept }));
  expect(server.requests).toHaveLength(5);
  expect(JSON.stringify(server.requests[4]).match(/"type":"thinking"/g)).toHaveLength(1);
});

test("a server that refuses a request for another reason is not asked again", async () => {
  const { server, model } = await startTrapped("anthropic", { noTools: true });
  await expect(model.send(aRequest())).rejects.toMatchObject({ code: "model.bad_request" });
  expect(server.requests).toHaveLength(1);
});

test("a conversation does not open a connection for each turn", async () => {
  const { server, model } = await startTrapped("anthropic");
  for (let turn = 0; turn < 5; turn += 1) await model.send(aRequest());
  expect(server.requests).toHaveLength(5);
  expect(server.connections()).toBeLessThan(4);
});

test("a stream that nobody closes after its answer is left", async () => {
  const { model } = await startTrapped("anthropic", { staysOpen: true });
  expect(await model.send(aRequest())).toMatchObject({ content: looked });
});
