/**
 * Row 26, logs: a line stays one line of JSON whatever is logged in which field, no byte of it acts on a terminal, and no secret of
 * the host is in it, by whatever name and in whatever form it was handed to the log.
 */
import { expect, test } from "vitest";
import { openModelRegistry } from "../../src/agent/model-registry.ts";
import { readConfig, secretsOf } from "../../src/config.ts";
import { HandbackError } from "../../src/errors.ts";
import { createLogger, runLogger } from "../../src/log.ts";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mintToken } from "../local-github/support/test-github.ts";
import { deliver, startApp } from "../web/start-app.ts";

const esc = "\u001b";
const injections: Readonly<Record<string, string>> = {
  "a line break and a forged line": 'x\n{"level":"info","msg":"all is well"}\r\n',
  "OSC 52, which writes the clipboard": `${esc}]52;c;cm0gLXJmIC8=\u0007`,
  "OSC 8, a link": `${esc}]8;;https://evil.example${esc}\\click${esc}]8;;${esc}\\`,
  "a cleared screen": `${esc}[2J${esc}[H${esc}[8m`,
  "C1 controls": "\u009b2J\u009d52;c;eA==\u009c\u0090q\u0085",
  "what turns the line around": "\u202eevil\u202c\u2066\u061c\u200f",
  "what nobody sees": "\u200b\u2060\ufeff\u{e0041}\u00ad",
  "other line breaks": "a\u2028b\u2029c\u000bd\u000ce",
  "backspaces and a bell": "secret\b\b\b\b\b\b\u0007\u0000\u007f",
};

test.each(Object.entries(injections))("%s stays one harmless line in any field", (_name, text) => {
  const { logger, lines } = capture();
  logger.info({ [text]: text, list: [text], deep: { [text]: { [text]: text } } }, text);
  logger.error({ err: new Error(text, { cause: new AggregateError([new Error(text)], text) }) }, "failed");
  logger.warn({ err: new HandbackError("a.b", text, { mend: text, fields: { text } }) });
  runLogger(logger.child({ path: text }), { id: text, kind: text }).info("went on");
  logger.info(text);
  expect(lines).toHaveLength(5);
  for (const line of lines) {
    expect(line.endsWith("\n")).toBe(true);
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
    expect(line).not.toMatch(/\\u00(?:[01][0-9a-f]|7f|9[0-9a-f])/i);
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String) as string });
  }
});

test("a request that carries such things in path, headers and body leaves whole lines only", async () => {
  const { web, log } = await startApp();
  const evil = "%0a%1b%5d52;c;eA==%07";
  await fetch(`${web.url}/${evil}`);
  await deliver(web.url, { body: "{", event: "issues", id: "a".repeat(100) });
  await deliver(web.url, { body: `{"a":"\\u001b]52;c;x\\u0007\\n"}`, secret: "wrong wrong wrong" });
  expect(log.length).toBeGreaterThan(0);
  for (const line of log) {
    expect(line.slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(() => JSON.parse(line) as unknown).not.toThrow();
  }
});

test("no secret of the environment or of the models file is in a log, in any of its forms", () => {
  const random = (name: string): string => `${name}-${randomBytes(18).toString("base64url")}+/=%"\\`;
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const password = `redis${randomBytes(12).toString("hex")}`;
  const keys: Record<string, string> = { LAB_KEY: random("lab"), OFFICE_KEY: random("office") };
  const config = readConfig({
    APP_ID: "7",
    PRIVATE_KEY: privateKey,
    WEBHOOK_SECRET: random("hook"),
    ANTHROPIC_API_KEY: random("key"),
    REDIS_URL: `redis://:${password}@127.0.0.1:6379`,
  });
  const models = openModelRegistry({
    file: { path: "models.yaml", text: modelsFile },
    apiKey: config.model.apiKey,
    baseUrl: null,
    valueOf: (name) => keys[name] ?? null,
  });
  expect(models.secrets).toEqual(expect.arrayContaining(Object.values(keys)));
  const secrets = [...new Set([...secretsOf(config), ...models.secrets])];
  expect(secrets.length).toBeGreaterThanOrEqual(6);
  const { logger, lines } = capture(secrets);
  for (const secret of secrets) {
    const bytes = Buffer.from(secret);
    const forms = [
      secret,
      encodeURIComponent(secret),
      JSON.stringify({ nested: secret }),
      ...(["base64", "base64url", "hex"] as const).map((encoding) => bytes.toString(encoding)),
    ];
    for (const form of forms) {
      const before = lines.length;
      logger.info({ harmless: form, list: [form], [form]: 1 }, `it is ${form}!`);
      logger.error({ err: new Error(form, { cause: new Error(form) }) });
      logger.warn({ url: `https://x:${form}@host/`, headers: { authorization: `Bearer ${form}` } });
      const said = lines.slice(before).join("");
      expect(said).toContain("[redacted]");
      for (const other of forms) expect(said.includes(other)).toBe(false);
      expect(said.includes(JSON.stringify(secret).slice(1, -1))).toBe(false);
    }
  }
});

test("a token that was minted a moment ago is known by its form", async () => {
  const { server } = await startApp();
  const token = await mintToken(server);
  const { logger, lines } = capture();
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  logger.info({ output: `remote: ${token}`, deep: { list: [token] } }, token);
  logger.error({ err: new Error(`fatal: https://x-access-token:${token}@github.com/a/b failed`) });
  logger.warn({ argument: `http.extraHeader=Authorization: Basic ${basic}` });
  const said = lines.join("");
  expect(said).not.toContain(token);
  expect(said).not.toContain(basic);
  expect(said.split("[redacted]").length).toBeGreaterThan(4);
});

const modelsFile = `
providers:
  lab:
    profile: vllm
    baseUrl: https://lab.example
    keyFrom: LAB_KEY
  office:
    profile: litellm
    baseUrl: https://office.example
    keyFrom: OFFICE_KEY
`;

function capture(secrets: readonly string[] = []) {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  return { logger: createLogger({ level: "trace", destination, secrets }), lines };
}
