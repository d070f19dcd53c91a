import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { httpFetch, IncomingResponse } from "../../src/agent/http-fetch.ts";

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/messages?x=1` };
}

test("a request arrives whole, with its headers, and its length is told", async () => {
  const { url } = await serve((request, response) => {
    request.setEncoding("utf8");
    let body = "";
    request.on("data", (piece) => (body += piece));
    request.on("end", () => {
      const { method, url: path, headers } = request;
      response.setHeader("content-type", "application/json").setHeader("x-two", ["a", "b"]);
      response.end(
        JSON.stringify({ method, path, body, key: headers["x-api-key"], length: headers["content-length"] }),
      );
    });
  });
  const body = JSON.stringify({ text: "ü".repeat(100_000) });
  const response = await httpFetch(url, { method: "POST", body, headers: { "X-Api-Key": "k" } });
  expect(response.headers.get("x-two")).toBe("a, b");
  expect(await response.json()).toEqual({
    method: "POST",
    path: "/v1/messages?x=1",
    body,
    key: "k",
    length: String(Buffer.byteLength(body)),
  });
});

test("one connection serves one request after the other", async () => {
  const ports = new Set<number | undefined>();
  const { url } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.setHeader("content-type", "application/json").end("{}");
  });
  for (let n = 0; n < 5; n += 1) await (await httpFetch(url)).text();
  expect(ports.size).toBe(1);
});

test("a stream comes as it is sent", async () => {
  const { url } = await serve((_, response) => {
    response.setHeader("content-type", "text/event-stream").write("one");
  });
  const response = await httpFetch(url);
  expect(response).toBeInstanceOf(IncomingResponse);
  const { incoming } = response as IncomingResponse;
  const [first] = await incoming.take(1).toArray();
  expect(String(first)).toBe("one");
});

test.each([301, 307, 404, 500, 529])(
  "status %i is told with its text, and followed nowhere",
  async (status) => {
    let asked = 0;
    const { url } = await serve((_, response) => {
      asked += 1;
      response.writeHead(status, { location: "/elsewhere", "content-type": "text/event-stream" }).end("why");
    });
    const response = await httpFetch(url);
    expect([response.status, await response.text(), asked]).toEqual([status, "why", 1]);
  },
);

test("an answer without a body is one", async () => {
  const { url } = await serve((_, response) => response.writeHead(204).end());
  expect((await httpFetch(url)).status).toBe(204);
});

test("a text without end is read up to a bound", async () => {
  const { url } = await serve((_, response) => {
    response.writeHead(500);
    const go = () => {
      while (response.write("x".repeat(65_536)));
      response.once("drain", go);
    };
    go();
  });
  const text = await (await httpFetch(url)).text();
  expect(text.length).toBeGreaterThanOrEqual(4_000_000);
  expect(text.length).toBeLessThan(4_200_000);
});

test("a signal ends it before the answer and in the middle of it", async () => {
  const { url } = await serve((request, response) => {
    if (request.method === "PUT") response.setHeader("content-type", "text/event-stream").write("one");
  });
  const before = new AbortController();
  setTimeout(() => before.abort(), 50);
  await expect(httpFetch(url, { signal: before.signal })).rejects.toMatchObject({ name: "AbortError" });
  const middle = new AbortController();
  const { incoming } = (await httpFetch(url, { method: "PUT", signal: middle.signal })) as IncomingResponse;
  setTimeout(() => middle.abort(), 50);
  await expect(incoming.toArray()).rejects.toMatchObject({ message: expect.stringMatching(/abort/i) });
});

test("what the network says is the error", async () => {
  const { url, server } = await serve(() => undefined);
  await new Promise((resolve) => server.close(resolve));
  await expect(httpFetch(url)).rejects.toMatchObject({ code: "ECONNREFUSED" });
});
