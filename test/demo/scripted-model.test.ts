import { expect, onTestFinished, test } from "vitest";
import type { Script } from "../../src/demo/script.ts";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";

const script: Script = {
  scenes: [
    {
      role: "reviewer",
      when: /issue #(1|2)\b/,
      turns: [
        { say: "I run it.", calls: [{ tool: "bash", input: { command: "node x.js" } }] },
        [
          { when: "exit code 0", say: "It holds." },
          {
            say: "It fails.",
            calls: [{ tool: "finish", input: { findings: [{ title: "Gives {{/got (\\d+)/}}" }] } }],
          },
        ],
      ],
    },
    { role: "coder", when: "issue #1", turns: [{ say: "I am the coder." }] },
  ],
};

async function start() {
  const server = await startScriptedModel({ script });
  onTestFinished(() => server.close());
  const post = async (path: string, body: unknown, key = server.apiKey) => {
    const headers = { "x-api-key": key, "content-type": "application/json" };
    const response = await fetch(server.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: JSON.parse(await response.text()) as Record<string, unknown> };
  };
  return { server, post };
}

function conversation(role: string, first: string, ...results: string[]) {
  const messages: { role: string; content: unknown }[] = [{ role: "user", content: first }];
  for (const content of results) {
    messages.push({ role: "assistant", content: [{ type: "tool_use", id: "t", name: "bash", input: {} }] });
    messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: "t", content }] });
  }
  const system = `You are the ${role} of Handback.\n\nMore.`;
  return { model: "claude-haiku-5-5", max_tokens: 100, system, messages };
}

test("the scene is chosen by role and first message", async () => {
  const { post } = await start();
  const coder = await post("/v1/messages", conversation("coder", "Solve issue #1"));
  const reviewer = await post("/v1/messages", conversation("reviewer", "Look at issue #2"));
  expect(coder.body.content).toEqual([{ type: "text", text: "I am the coder." }]);
  expect(reviewer.body).toMatchObject({
    stop_reason: "tool_use",
    content: [{ text: "I run it." }, { type: "tool_use", name: "bash", input: { command: "node x.js" } }],
  });
});

test("the next turn follows from the conversation alone: asked twice, it answers the same", async () => {
  const { post } = await start();
  const later = conversation("reviewer", "issue #1", "exit code 1\ngot 41\ngot 43");
  const first = await post("/v1/messages", later);
  await post("/v1/messages", conversation("reviewer", "issue #1"));
  const again = await post("/v1/messages", later);
  expect(again.body.content).toEqual(first.body.content);
});

test("a turn can depend on what really came out, and cite it", async () => {
  const { post } = await start();
  const fails = await post("/v1/messages", conversation("reviewer", "issue #1", "exit code 1\ngot 41"));
  expect(fails.body.content).toMatchObject([
    { text: "It fails." },
    { input: { findings: [{ title: "Gives 41" }] } },
  ]);
  const holds = await post("/v1/messages", conversation("reviewer", "issue #1", "exit code 0"));
  expect(holds.body.content).toEqual([{ type: "text", text: "It holds." }]);
});

test("past the end of a script, or with no scene that fits, it says so plainly", async () => {
  const { post } = await start();
  const past = await post("/v1/messages", conversation("coder", "issue #1", "x"));
  expect(past.body.content).toEqual([
    { type: "text", text: "[scripted model] The script of this coder has no turn 2." },
  ]);
  const none = await post("/v1/messages", conversation("planner", "issue #9"));
  expect(none.body.content).toEqual([
    { type: "text", text: "[scripted model] No scene of the script fits this planner." },
  ]);
});

test("a wrong key is 401 and an unknown model 404, as the provider words them", async () => {
  const { post } = await start();
  expect(await post("/v1/messages", conversation("coder", "x"), "wrong")).toMatchObject({
    status: 401,
    body: { type: "error", error: { type: "authentication_error" } },
  });
  expect(await post("/v1/messages", { ...conversation("coder", "x"), model: "gpt" })).toMatchObject({
    status: 404,
    body: { type: "error", error: { type: "not_found_error", message: "model: gpt" } },
  });
});

test("models are listed and found, tokens counted, and a body that is no JSON is a 400", async () => {
  const { server, post } = await start();
  const headers = { "x-api-key": server.apiKey };
  const list = (await (await fetch(`${server.url}/v1/models`, { headers })).json()) as {
    data: { id: string }[];
  };
  expect(list.data.map(({ id }) => id)).toContain("claude-opus-5-5");
  expect((await fetch(`${server.url}/v1/models/claude-opus-5-5`, { headers })).status).toBe(200);
  expect((await fetch(`${server.url}/v1/models/nonsense`, { headers })).status).toBe(404);
  expect((await fetch(`${server.url}/elsewhere`, { headers })).status).toBe(404);
  const counted = await post("/v1/messages/count_tokens", conversation("coder", "x".repeat(4_000)));
  expect(counted.body.input_tokens).toBeGreaterThan(1_000);
  const bad = await fetch(`${server.url}/v1/messages`, { method: "POST", headers, body: "{" });
  expect(bad.status).toBe(400);
});

test("a stream is made of several pieces that add up to the message", async () => {
  const { server } = await start();
  const response = await fetch(`${server.url}/v1/messages`, {
    method: "POST",
    headers: { authorization: `Bearer ${server.apiKey}` },
    body: JSON.stringify({ ...conversation("reviewer", "issue #1"), stream: true }),
  });
  const events = (await response.text()).split("\n\n").filter(Boolean);
  const names = events.map((event) => /^event: (\w+)/.exec(event)?.[1]);
  expect(names.at(0)).toBe("message_start");
  expect(names.slice(-2)).toEqual(["message_delta", "message_stop"]);
  const json = events.map((event) => /"partial_json":("(?:[^"\\]|\\.)*")/.exec(event)?.[1]).filter(Boolean);
  expect(JSON.parse(json.map((piece) => JSON.parse(piece as string) as string).join(""))).toEqual({
    command: "node x.js",
  });
});
