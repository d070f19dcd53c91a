import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { environmentWithApp, readConfig } from "../../src/config.ts";
import { ConfigurationError } from "../../src/errors.ts";
import { createLogger } from "../../src/log.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { startWeb } from "../../src/web/server.ts";
import { startTestGitHub } from "../local-github/support/test-github.ts";
import { RememberingQueue } from "./start-app.ts";

async function startWithoutApp() {
  const { github } = await startTestGitHub();
  const dataDir = mkdtempSync(path.join(tmpdir(), "setup-"));
  const store = await openSqlStore({ file: ":memory:" });
  const log: string[] = [];
  const options = {
    host: "127.0.0.1",
    port: 0,
    store,
    queue: new RememberingQueue(),
    logger: createLogger({ level: "info", destination: { write: (line) => log.push(line) } }),
    app: null,
    setup: { apiUrl: github.apiUrl, serverUrl: github.url, dataDir },
  };
  const web = await startWeb(options);
  onTestFinished(async () => {
    await web.close();
    await store[Symbol.asyncDispose]();
    rmSync(dataDir, { recursive: true, force: true });
  });
  return { github, web, dataDir, log, options };
}

/** What GitHub would be posted: the form of the page before. */
async function manifestForm(url: string) {
  const page = await (await fetch(`${url}/setup/review?public_url=https://hooks.example.com/`)).text();
  const unescape = (text: string) =>
    text.replace(/&#(\d+);/g, (_all, code) => String.fromCharCode(Number(code)));
  const action = unescape(/<form method="post" action="([^"]*)"/.exec(page)![1]!);
  const manifest = JSON.parse(unescape(/name="manifest" value="([^"]*)"/.exec(page)![1]!)) as Record<
    string,
    unknown
  >;
  return { page, action, manifest, state: new URL(action).searchParams.get("state")! };
}

test("without an App the first page asks where GitHub reaches this server", async () => {
  const { web } = await startWithoutApp();
  const html = await (await fetch(web.url)).text();
  expect(html).toContain("Address under which GitHub reaches this server");
  expect((await fetch(`${web.url}/api/github/webhooks`, { method: "POST" })).status).toBe(503);
  expect((await fetch(`${web.url}/health`)).status).toBe(200);
});

test("the manifest that is posted to GitHub is app.yml with the addresses of this server", async () => {
  const { github, web } = await startWithoutApp();
  const { action, manifest } = await manifestForm(web.url);
  expect(action).toMatch(new RegExp(`^${github.url}/settings/apps/new\\?state=`));
  const file = parse(readFileSync("app.yml", "utf8")) as Record<string, unknown>;
  expect(manifest).toEqual({
    ...file,
    hook_attributes: { url: "https://hooks.example.com/api/github/webhooks", active: true },
    redirect_url: `${web.url}/setup/done`,
  });
});

test("coming back from GitHub leaves credentials that the next start reads, and nobody else", async () => {
  const { github, web, dataDir, log } = await startWithoutApp();
  const { manifest, state } = await manifestForm(web.url);
  const code = github.acceptManifest(manifest, "alice");
  const response = await fetch(`${web.url}/setup/done?code=${code}&state=${state}`);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(html).toContain("Handback is created");
  expect(html).toMatch(/installations\/new/);

  const file = path.join(dataDir, "app.env");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const config = readConfig(environmentWithApp({ HANDBACK_DATA: dataDir }));
  expect(config.app?.privateKey).toContain("PRIVATE KEY");
  expect(html + log.join("")).not.toContain(config.app!.webhookSecret);
  expect(html + log.join("")).not.toContain("PRIVATE KEY");
});

test.each(["", "?code=abc", "?code=abc&state=wrong", "?state=wrong", "?code=../x&state=wrong"])(
  "a way back that did not begin here is refused: %j",
  async (query) => {
    const { web, dataDir } = await startWithoutApp();
    expect((await fetch(`${web.url}/setup/done${query}`)).status).toBe(403);
    expect(() => statSync(path.join(dataDir, "app.env"))).toThrow();
  },
);

test("a code that GitHub does not know is answered in plain words", async () => {
  const { web } = await startWithoutApp();
  const { state } = await manifestForm(web.url);
  const response = await fetch(`${web.url}/setup/done?code=nonsense&state=${state}`);
  expect(response.status).toBe(502);
  expect(await response.text()).toMatch(/Begin again at \/setup\.\n$/);
});

test("through a tunnel the page is shown only with the link from the terminal", async () => {
  const { web, log } = await startWithoutApp();
  const headers = { "x-forwarded-for": "203.0.113.9" };
  expect((await fetch(`${web.url}/setup`, { headers })).status).toBe(403);
  expect((await fetch(`${web.url}/setup?key=wrong`, { headers })).status).toBe(403);
  const link = (JSON.parse(log[0]!) as { url: string }).url;
  expect((await fetch(link, { headers })).status).toBe(200);
});

test("a port that is taken is said with what to do", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { options } = await startWithoutApp();
  const start = startWeb({ ...options, port: (other.address() as AddressInfo).port });
  await expect(start).rejects.toBeInstanceOf(ConfigurationError);
  await expect(start).rejects.toMatchObject({ mend: expect.stringContaining("PORT") });
});

test("app.yml asks for the least: these permissions and events, and not one more", () => {
  const file = parse(readFileSync("app.yml", "utf8")) as Record<string, unknown>;
  expect(file["default_permissions"]).toEqual({
    metadata: "read",
    contents: "write",
    pull_requests: "write",
    issues: "write",
    checks: "write",
  });
  expect(file["default_events"]).toEqual([
    "issues",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "pull_request_review_comment",
    "check_suite",
  ]);
  expect(file["public"]).toBe(false);
});
