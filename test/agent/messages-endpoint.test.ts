import Anthropic from "@anthropic-ai/sdk";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { MessagesEndpoint } from "../../src/agent/messages-endpoint.ts";

const params: Anthropic.MessageCreateParamsStreaming = {
  model: "m",
  stream: true,
  max_tokens: 5,
  messages: [{ role: "user", content: "ü".repeat(100_000) }],
};
const never = new AbortController().signal;

async function serve(listener: RequestListener): Promise<{ server: Server; endpoint: MessagesEndpoint }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prefix`;
  const client = new Anthropic({ apiKey: "k", authToken: null, baseURL, defaultHeaders: { "x-own": "1" } });
  return { server, endpoint: new MessagesEndpoint(client) };
}

test("a request arrives whole, with the SDK's headers, and its length is told", async () => {
  const arrived: Record<string, unknown>[] = [];
  const { endpoint } = await serve((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      arrived.push({ method: request.method, path: request.url, body, headers: request.headers });
      response.setHeader("content-type", "text/event-stream").end("x");
    });
  });
  await (await endpoint.stream(params, never)).toArray();
  const body = JSON.stringify(params);
  expect(arrived).toEqual([
    {
      method: "POST",
      path: "/prefix/v1/messages",
      body,
      headers: expect.objectContaining({
        authorization: "Bearer k",
        "x-own": "1",
        "anthropic-version": expect.stringMatching(/^20/),
        "content-type": "application/json",
        "content-length": String(Buffer.byteLength(body)),
      }),
    },
  ]);
});

test("one connection serves one request after the other", async () => {
  const ports = new Set<number | undefined>();
  const { endpoint } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.setHeader("content-type", "text/event-stream").end("x");
  });
  for (let n = 0; n < 5; n += 1) await (await endpoint.stream(params, never)).toArray();
  expect(ports.size).toBe(1);
});

test("a stream comes as it is sent", async () => {
  const { endpoint } = await serve((_, response) => {
    response.setHeader("content-type", "text/event-stream").write("one");
  });
  const [first] = await (await endpoint.stream(params, never)).take(1).toArray();
  expect(String(first)).toBe("one");
});

test.each([301, 307, 404, 500, 529])(
  "status %i is told with its text, and followed nowhere",
  async (status) => {
    let asked = 0;
    const { endpoint } = await serve((_, response) => {
      asked += 1;
      response.writeHead(status, {
        location: "/elsewhere",
        "request-id": "req_1",
        "content-type": "text/event-stream",
      });
      response.end(JSON.stringify({ error: { type: "why", message: "because" } }));
    });
    const error = await endpoint.stream(params, never).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Anthropic.APIError);
    expect(error).toMatchObject({ status, type: "why", apiMessage: "because", requestID: "req_1" });
    expect(asked).toBe(1);
  },
);

test("an answer without a body is no stream", async () => {
  const { endpoint } = await serve((_, response) => response.writeHead(204).end());
  await expect(endpoint.stream(params, never)).rejects.toMatchObject({ code: "model.not_a_stream" });
});

test("a text without end is read up to a bound", async () => {
  const { endpoint } = await serve((_, response) => {
    response.writeHead(500);
    const go = () => {
      while (response.write("x".repeat(65_536)));
      response.once("drain", go);
    };
    go();
  });
  const error = await endpoint.stream(params, never).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ status: 500 });
  expect((error as Error).message.length).toBeLessThan(1_200_000);
});

test("a signal ends it before the answer and in the middle of it", async () => {
  let isSilent = true;
  const { endpoint } = await serve((_, response) => {
    if (!isSilent) response.setHeader("content-type", "text/event-stream").write("one");
  });
  const before = new AbortController();
  setTimeout(() => before.abort(), 50);
  const aborted = { cause: { name: "AbortError" } };
  await expect(endpoint.stream(params, before.signal)).rejects.toMatchObject(aborted);
  isSilent = false;
  const middle = new AbortController();
  const incoming = await endpoint.stream(params, middle.signal);
  setTimeout(() => middle.abort(), 50);
  await expect(incoming.toArray()).rejects.toMatchObject({ message: expect.stringMatching(/abort/i) });
});

test("what the network says is the cause", async () => {
  const { endpoint, server } = await serve(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  const error = await endpoint.stream(params, never).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Anthropic.APIConnectionError);
  expect(error).toMatchObject({ cause: { code: "ECONNREFUSED" } });
});
