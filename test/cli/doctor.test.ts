import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { parse } from "yaml";
import { describe, expect, onTestFinished, test } from "vitest";
import { startScriptedModel } from "../../src/demo/scripted-model.ts";
import { startEmbeddedRedis } from "../../src/jobs/embedded-redis.ts";
import { startLocalGitHub } from "../../src/local-github/start-local-github.ts";
import { openSqlStore } from "../../src/store/sql-store.ts";
import { runCli, temporaryFolder } from "./run-cli.ts";

interface Report {
  ok: boolean;
  ready: { run: boolean; start: boolean };
  checks: { name: string; status: string; detail: string; mend: string | null; seconds: number }[];
}

type Environment = Record<string, string | undefined>;

describe("handback doctor", { timeout: 60_000 }, () => {
  test("finds everything where everything is, and leaves the folder as it was", async () => {
    const data = path.join(temporaryFolder(), "not", "there");
    const ended = await runCli(["doctor"], { env: { ...(await aWholeWorld()).env, HANDBACK_DATA: data } });
    expect(ended.stderr).toBe("");
    expect(ended.stdout).not.toMatch(/FAIL|not looked at/);
    expect(ended.stdout.split("\n").filter((line) => line.startsWith("ok"))).toHaveLength(11);
    expect(ended.stdout).toContain("\nEverything that Handback needs is there.\n");
    expect(ended.exitCode).toBe(0);
    expect(existsSync(path.dirname(data))).toBe(false);
  });

  test("names all that is missing at once, each with its mend", async () => {
    const folder = temporaryFolder();
    const { exitCode, report } = await examine({
      HANDBACK_DATA: folder,
      DOCKER_HOST: "tcp://127.0.0.1:1",
      REDIS_URL: "redis://:hunter2hunter2@127.0.0.1:1",
    });
    expect(exitCode).toBe(1);
    expect(report).toMatchObject({ ok: false, ready: { run: false, start: false } });
    expect(failed(report)).toEqual({
      "Docker and sandbox image": expect.stringMatching(/^Docker cannot be reached \(ECONNREFUSED\)/),
      Redis: "Redis does not answer at redis://127.0.0.1:1.",
      "GitHub App": "No App is set up.",
      Model: "There is no key for the models of Anthropic.",
    });
    expect(report.checks.filter(({ status, mend }) => status === "failed" && (mend ?? "") === "")).toEqual(
      [],
    );
    expect(JSON.stringify(report)).not.toContain("hunter2");
    expect(readdirSync(folder)).toEqual([]);
  });

  test("tells which commands can work without an App", async () => {
    const { APP_ID: _id, PRIVATE_KEY: _key, WEBHOOK_SECRET: _secret, ...world } = (await aWholeWorld()).env;
    const { exitCode, report } = await examine({ ...world, HANDBACK_DATA: temporaryFolder() });
    expect(exitCode).toBe(1);
    expect(report.ready).toEqual({ run: true, start: false });
    expect(failed(report)).toEqual({ "GitHub App": "No App is set up." });
  });

  test("names wrong variables, and looks at all the rest", async () => {
    const { env: world } = await aWholeWorld();
    const { report } = await examine({
      ...world,
      HANDBACK_DATA: temporaryFolder(),
      PRIVATE_KEY: "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----",
      PORT: "eighty",
    });
    const { Environment: environment, ...others } = failed(report);
    expect(environment).toContain("PRIVATE_KEY: is not a private key in PEM form");
    expect(environment).toContain("PORT: must be a whole number");
    expect(others).toEqual({});
    expect(report.ready.run).toBe(false);
    expect(report.checks.find(({ name }) => name === "GitHub App")).toMatchObject({ status: "skipped" });
    expect(report.checks.find(({ name }) => name === "Model")).toMatchObject({ status: "ok" });
  });

  test("tells a key that is not the App's, and a wrong key of the model", async () => {
    const { env: world } = await aWholeWorld();
    const { privateKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const { report } = await examine({
      ...world,
      HANDBACK_DATA: temporaryFolder(),
      PRIVATE_KEY: privateKey,
      ANTHROPIC_API_KEY: "sk-ant-somebody-elses",
    });
    expect(failed(report)).toEqual({
      "GitHub App": expect.stringContaining("401"),
      Webhooks: expect.stringContaining("401"),
      Model: "The model server does not accept the API key.",
    });
    expect(JSON.stringify(report)).not.toMatch(/somebody-elses|BEGIN/);
  });

  test("tells that the latest webhook was lost, and that the App may do less than it needs", async () => {
    const world = await aWholeWorld();
    const { github, appId } = world;
    github.createUser({ login: "ada" });
    await github.createRepository({ fullName: "ada/greeter" });
    github.installApp(appId, ["ada/greeter"]);
    await github.as("ada").openIssue("ada/greeter", { title: "Greet", body: "" });
    await github.webhooksSettled();
    const lost = await examine({ ...world.env, HANDBACK_DATA: temporaryFolder() });
    expect(failed(lost.report)).toEqual({
      Webhooks: expect.stringMatching(/^The latest webhook to http:\/\/127\.0\.0\.1:1\/ did not arrive: /),
    });

    const weak = await github.createApp({ name: "Weak", permissions: { contents: "read" }, events: [] });
    const { report } = await examine({
      ...world.env,
      HANDBACK_DATA: temporaryFolder(),
      APP_ID: String(weak.appId),
      PRIVATE_KEY: weak.privateKey,
    });
    expect(failed(report)).toEqual({
      "GitHub App": expect.stringMatching(/^The App weak lacks .*permission contents: write.*event issues/),
      Webhooks: expect.stringContaining("has no webhook address"),
    });
  });

  test("tells a database that cannot be used", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "handback.db"));
    const file = path.join(temporaryFolder(), "file");
    writeFileSync(file, "");
    const nonsense = path.join(temporaryFolder(), "handback.db");
    writeFileSync(nonsense, "This is no database, but it is long enough to be taken for one. ".repeat(100));
    const [directory, under, broken] = await Promise.all([
      examine({ HANDBACK_DATA: folder }),
      examine({ HANDBACK_DATA: path.join(file, "data") }),
      examine({ HANDBACK_DATA: path.dirname(nonsense) }),
    ]);
    expect(failed(directory.report)["Database"]).toMatch(/cannot be opened or created/);
    expect(failed(under.report)["Data folder"]).toMatch(/cannot be written \(ENOTDIR\)/);
    expect(failed(broken.report)["Database"]).toMatch(/is not a sound database/);
  });

  test("gives up a check after 10 seconds when something takes the call and says nothing", async () => {
    const silent = createServer((socket) => void socket.on("error", () => {}));
    await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void silent.close());
    const address = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const { report } = await examine({
      ...(await aWholeWorld()).env,
      HANDBACK_DATA: temporaryFolder(),
      DOCKER_HOST: `tcp://${address}`,
      REDIS_URL: `redis://${address}`,
      GITHUB_API_URL: `http://${address}`,
      ANTHROPIC_BASE_URL: `http://${address}`,
    });
    expect(Object.keys(failed(report))).toEqual([
      "Docker and sandbox image",
      "Known escapes",
      "Redis",
      "GitHub App",
      "Webhooks",
      "Model",
    ]);
    expect(failed(report)).toMatchObject({
      "Docker and sandbox image": expect.stringContaining("10 seconds"),
      "GitHub App": "No answer within 10 seconds.",
    });
  });

  test("does not disturb a Handback that runs", async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, "handback.db");
    await using store = await openSqlStore({ file });
    await using redis = await startEmbeddedRedis({ directory: path.join(folder, "redis") });
    await store.ping();
    const before = { size: statSync(file).size, time: statSync(file).mtimeMs, files: readdirSync(folder) };

    const { report } = await examine({ HANDBACK_DATA: folder });

    expect(report.checks.find(({ name }) => name === "Redis")?.detail).toContain("embedded, running");
    expect(report.checks.find(({ name }) => name === "Database")).toMatchObject({
      status: "ok",
      detail: file,
    });
    const after = { size: statSync(file).size, time: statSync(file).mtimeMs, files: readdirSync(folder) };
    expect(after).toEqual(before);
    process.kill(redis.processId(), 0);
    await store.ping();
  });
});

/** An App on a local GitHub, and a model. */
async function aWholeWorld() {
  const github = await startLocalGitHub({ directory: temporaryFolder(), validate: "record" });
  onTestFinished(() => github[Symbol.asyncDispose]());
  const manifest = parse(readFileSync(path.join(import.meta.dirname, "../../app.yml"), "utf8")) as {
    default_permissions: Record<string, "read" | "write">;
    default_events: string[];
  };
  const app = await github.createApp({
    name: "Handback",
    permissions: manifest.default_permissions,
    events: manifest.default_events,
  });
  const secret = crypto.randomUUID();
  github.setWebhook(app.appId, { url: "http://127.0.0.1:1/", secret });
  const model = await startScriptedModel({ script: { scenes: [] } });
  onTestFinished(() => model.close());
  const env: Environment = {
    APP_ID: String(app.appId),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: secret,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    ANTHROPIC_API_KEY: model.apiKey,
    ANTHROPIC_BASE_URL: model.url,
  };
  return { github, appId: app.appId, env };
}

async function examine(env: Environment): Promise<{ exitCode: number | null; report: Report }> {
  const { exitCode, stdout, stderr } = await runCli(["doctor", "--json"], { env });
  expect(stderr).toBe("");
  return { exitCode, report: JSON.parse(stdout) as Report };
}

function failed({ checks }: Report): Record<string, string> {
  return Object.fromEntries(
    checks.filter(({ status }) => status === "failed").map(({ name, detail }) => [name, detail]),
  );
}
