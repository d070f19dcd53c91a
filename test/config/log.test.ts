import { expect, test } from "vitest";
import { HandbackError } from "../../src/errors.ts";
import { createLogger, runLogger } from "../../src/log.ts";

function capture(secrets: string[] = []) {
  const lines: string[] = [];
  const logger = createLogger({
    level: "trace",
    destination: { write: (line) => lines.push(line) },
    secrets,
  });
  return { logger, lines, text: () => lines.join("") };
}

const canary = "cAnArY0123456789cAnArY";

test("a secret is cut out, wherever and in whatever form it is logged", () => {
  const { logger, text } = capture([canary, `-----BEGIN\n${canary}\nEND`]);
  const encoded = Buffer.from(canary).toString("base64");
  logger.info({ token: canary, headers: { authorization: `Bearer ${canary}` } }, `it is ${canary}`);
  logger.info({ a: { b: { c: { deeper: { still: canary } } } }, list: [canary] });
  logger.error({ err: new Error(`GET https://x:${canary}@host/ failed`, { cause: new Error(canary) }) });
  logger.error({ err: new AggregateError([new Error(canary)], encoded) });
  logger.child({ key: canary }).warn(encoded);
  logger.info({ pem: `-----BEGIN\n${canary}\nEND` });
  expect(text()).not.toContain(canary);
  expect(text()).not.toContain(encoded);
  expect(text()).toContain("[redacted]");
});

test.each([
  ["a GitHub token", "ghs_" + "a1".repeat(18)],
  ["a fine-grained token", "github_pat_11ABCDEFG0" + "x".repeat(30)],
  ["an Anthropic key", "sk-ant-api03-" + "z".repeat(40)],
  ["an App's JWT", "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiI3IiwiZXhwIjoxfQ.c2lnbmF0dXJlLW9mLWl0"],
  ["a private key", "-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----"],
])("%s is known by its form, even when nobody named it", (_name, secret) => {
  const { logger, text } = capture();
  logger.info({ output: `before ${secret} after`, deep: [{ x: secret }] }, secret);
  expect(text()).not.toContain(secret);
  expect(text()).not.toContain("MIIabc");
  expect(text()).toContain("after");
});

test("an error keeps its code, mend, fields and causes, but not the request that it carries", () => {
  const { logger, lines } = capture();
  const error = new HandbackError("a.code", "It broke.", {
    mend: "Mend it.",
    fields: { status: 502 },
    cause: Object.assign(new Error("inner"), { request: { headers: { "x-any": canary } } }),
  });
  logger.error({ err: error }, "failed");
  expect(JSON.parse(lines[0]!)).toMatchObject({
    level: "error",
    msg: "failed",
    err: {
      type: "HandbackError",
      code: "a.code",
      mend: "Mend it.",
      fields: { status: 502 },
      cause: { message: "inner" },
    },
  });
  expect(lines[0]).not.toContain(canary);
});

test("what a stranger wrote cannot act on the terminal or make a second line", () => {
  const { logger, lines } = capture();
  const evil = "a\nb\r\u001b]52;c;ZXZpbA==\u0007\u009b31m\u2028\u202eend\u007f\b";
  logger.info({ title: evil }, evil);
  expect(lines).toHaveLength(1);
  expect(lines[0]!.slice(0, -1)).not.toMatch(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]|\\u001b|\\u0007/i,
  );
  expect(() => JSON.parse(lines[0]!)).not.toThrow();
});

test("every line of a run names it", () => {
  const { logger, lines } = capture();
  runLogger(logger, { id: "r1", kind: "change" }).info("hello");
  expect(JSON.parse(lines[0]!)).toMatchObject({ run: "r1", kind: "change", msg: "hello" });
});
