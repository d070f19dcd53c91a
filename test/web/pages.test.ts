import { request } from "node:http";
import { expect, test } from "vitest";
import { aTrigger } from "../store/a-trigger.ts";
import { startApp } from "./start-app.ts";

test("health is ok with database and queue, degraded without the queue, and down without the database", async () => {
  const { web, queue, store } = await startApp();
  const health = async () => {
    const response = await fetch(`${web.url}/health`);
    return { status: response.status, body: (await response.json()) as unknown };
  };
  expect(await health()).toEqual({
    status: 200,
    body: { status: "ok", store: "ok", queue: "ok", waiting: 0, active: 0 },
  });
  queue.isDown = true;
  expect(await health()).toMatchObject({ status: 200, body: { status: "degraded", queue: "down" } });
  await store[Symbol.asyncDispose]();
  expect(await health()).toMatchObject({ status: 503, body: { status: "down", store: "down" } });
});

test("the list of runs shows them as text, whatever they are called", async () => {
  const { web, store } = await startApp();
  const repository = { owner: "acme", name: "<img src=x onerror=alert(1)>", installationId: 1 };
  const run = await store.createRun({ kind: "change", trigger: aTrigger({ repository }) });
  const response = await fetch(web.url);
  const html = await response.text();
  expect(html).toContain(run.id);
  expect(html).not.toContain("<img");
  expect(html).toContain("&#60;img src=x onerror=alert(1)&#62;");
  expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'; style-src 'sha256-/);
});

test.each([
  ["through a tunnel", { "x-forwarded-for": "203.0.113.9" }],
  ["through a proxy", { via: "1.1 proxy" }],
  ["under another name, as DNS rebinding does", { host: "evil.example:3000" }],
])("somebody who comes %s sees that it runs, but no runs", async (_name, headers) => {
  const { web, store } = await startApp();
  const run = await store.createRun({ kind: "change", trigger: aTrigger() });
  const html = await get(web.url, headers);
  expect(html).toContain("It runs.");
  expect(html).not.toContain(run.id);
  expect(html).not.toContain("acme");
});

/** fetch does not let a test choose the host. */
function get(url: string, headers: Record<string, string>): Promise<string> {
  return new Promise((resolve, reject) => {
    request(url, { headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    })
      .on("error", reject)
      .end();
  });
}
