import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { environmentWithApp, readConfig, secretsOf } from "../../src/config.ts";
import { ConfigurationError } from "../../src/errors.ts";

const pem = generateKeyPairSync("rsa", { modulusLength: 1024 }).privateKey.export({
  type: "pkcs8",
  format: "pem",
});
const app = { APP_ID: "7", PRIVATE_KEY: String(pem), WEBHOOK_SECRET: "a secret of 24 letters!!" };

function problemsWith(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  throw new Error("nothing was wrong");
}

describe("the environment", () => {
  test("may be empty: everything has a default, and there is no App yet", () => {
    const config = readConfig({});
    expect(config.app).toBeNull();
    expect(config.github).toEqual({ apiUrl: "https://api.github.com", serverUrl: "https://github.com" });
    expect(config.web).toEqual({ host: "127.0.0.1", port: 3000, proxies: [] });
    expect(config.redisUrl).toBeNull();
    expect(config.databasePath).toBe(path.resolve(".handback/handback.db"));
  });

  test("counts an empty variable as absent", () => {
    expect(readConfig({ PORT: "", APP_ID: " ", REDIS_URL: "" })).toEqual(readConfig({}));
  });

  test.each([
    ["as PEM", String(pem)],
    ["with its line ends written out", String(pem).replaceAll("\n", "\\n")],
    ["quoted, as Probot writes it", `"${String(pem).replaceAll("\n", "\\n")}"`],
    ["as base64", Buffer.from(String(pem)).toString("base64")],
  ])("takes the private key %s", (_form, key) => {
    expect(readConfig({ ...app, PRIVATE_KEY: key }).app?.privateKey.trim()).toBe(String(pem).trim());
  });

  test("takes the private key from a file", () => {
    const file = path.join(mkdtempSync(path.join(tmpdir(), "config-")), "key.pem");
    writeFileSync(file, pem);
    const config = readConfig({ APP_ID: "7", PRIVATE_KEY_PATH: file, WEBHOOK_SECRET: app.WEBHOOK_SECRET });
    expect(config.app?.appId).toBe(7);
  });

  test("is refused with every wrong variable and its mend in one error", () => {
    const message = problemsWith({
      APP_ID: "seven",
      PRIVATE_KEY: "no key",
      WEBHOOK_SECRET: "development",
      PORT: "99999",
      GITHUB_API_URL: "github.example.com",
      DATABASE_URL: "postgres://db/handback",
      LOG_LEVEL: "loud",
    });
    for (const name of [
      "APP_ID",
      "PRIVATE_KEY",
      "WEBHOOK_SECRET",
      "PORT",
      "GITHUB_API_URL",
      "DATABASE_URL",
      "LOG_LEVEL",
    ]) {
      expect(message).toContain(`${name}: `);
    }
    expect(message).toContain("openssl rand -hex 32");
    expect(message).toContain("cannot use yet");
    expect(message).not.toContain("no key");
  });

  test.each(["development", "short", "fifteen letters"])(
    "is refused with the guessable secret %j",
    (secret) => {
      expect(problemsWith({ ...app, WEBHOOK_SECRET: secret })).toContain("can be guessed");
    },
  );

  test.each([
    ["APP_ID", { PRIVATE_KEY: app.PRIVATE_KEY, WEBHOOK_SECRET: app.WEBHOOK_SECRET }],
    ["PRIVATE_KEY", { APP_ID: app.APP_ID, WEBHOOK_SECRET: app.WEBHOOK_SECRET }],
    ["WEBHOOK_SECRET", { APP_ID: app.APP_ID, PRIVATE_KEY: app.PRIVATE_KEY }],
  ])("is refused with an App that lacks %s", (name, env) => {
    expect(problemsWith(env)).toContain(`${name}: is missing`);
  });

  test.each(["http://127.0.0.1:4000/api/v3", "http://localhost:4000", "http://[::1]:4000"])(
    "may send tokens over plain http to this machine: %s",
    (url) => {
      expect(readConfig({ GITHUB_API_URL: `${url}/` }).github.apiUrl).toBe(url);
    },
  );

  test.each([
    "http://ghe.example.com/api/v3",
    "http://127.0.0.1.example.com",
    "http://10.0.0.1",
    "http://localhost.example.com",
  ])("may not send tokens over plain http to another one: %s", (url) => {
    expect(problemsWith({ GITHUB_API_URL: url })).toContain("use https");
  });

  test("gives the App that the set-up page left in the data folder, unless the environment says otherwise", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "config-"));
    const key = String(pem).trim().replaceAll("\n", "\\n");
    writeFileSync(
      path.join(folder, "app.env"),
      `# note\nAPP_ID=12\nPRIVATE_KEY="${key}"\nWEBHOOK_SECRET="${app.WEBHOOK_SECRET}"\n`,
    );
    expect(readConfig(environmentWithApp({ HANDBACK_DATA: folder })).app?.appId).toBe(12);
    expect(readConfig(environmentWithApp({ HANDBACK_DATA: folder, APP_ID: "13" })).app?.appId).toBe(13);
  });

  test("takes the operator's caps of a day, for all and for each person, and none that are nothing", () => {
    const none = { usd: null, tokens: null };
    expect(readConfig({}).perDay).toEqual({ all: none, person: none });
    const env = { HANDBACK_MAX_USD_PER_DAY: "50", HANDBACK_MAX_TOKENS_PER_PERSON_DAY: "2000000" };
    expect(readConfig(env).perDay).toEqual({
      all: { usd: 50, tokens: null },
      person: { usd: null, tokens: 2_000_000 },
    });
    expect(problemsWith({ HANDBACK_MAX_USD_PER_PERSON_DAY: "0" })).toContain(
      "HANDBACK_MAX_USD_PER_PERSON_DAY: must be a number from 0.01",
    );
  });

  test("says what sandboxes may reach, and refuses what is no name", () => {
    expect(readConfig({}).network).toEqual({ registries: null, repositories: null, privateHosts: [] });
    const env = {
      HANDBACK_REGISTRIES: "npm.example.com",
      HANDBACK_NETWORK: "none",
      HANDBACK_PRIVATE_HOSTS: "Npm, *.lan",
    };
    expect(readConfig(env).network).toEqual({
      registries: ["npm.example.com"],
      repositories: [],
      privateHosts: ["npm", "*.lan"],
    });
    for (const wrong of ["https://a.example.com", "a.example.com:8080", "a b", "10.0.0.1", "*", "a,,b"])
      expect(problemsWith({ HANDBACK_NETWORK: wrong }), wrong).toContain(
        "HANDBACK_NETWORK: must be host names",
      );
  });

  test("keeps no sandboxes waiting unless it is told how many", () => {
    expect(readConfig({}).sandbox.pool).toBe(0);
    expect(readConfig({ HANDBACK_POOL: "4" }).sandbox.pool).toBe(4);
    expect(problemsWith({ HANDBACK_POOL: "-1" })).toContain(
      "HANDBACK_POOL: must be a whole number from 0 to 50",
    );
  });

  test("names its secrets, so that they can be kept out of logs", () => {
    const config = readConfig({
      ...app,
      ANTHROPIC_API_KEY: "sk-ant-1",
      REDIS_URL: "redis://:pass%21word@h:6379",
    });
    expect(secretsOf(config)).toEqual([config.app?.privateKey, app.WEBHOOK_SECRET, "sk-ant-1", "pass!word"]);
  });
});
