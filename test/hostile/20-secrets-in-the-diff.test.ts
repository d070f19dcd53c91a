import { generateKeyPairSync, randomBytes } from "node:crypto";
import { readFileSync, symlinkSync } from "node:fs";
import { gzipSync } from "node:zlib";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openModelRegistry } from "../../src/agent/model-registry.ts";
import { readConfig } from "../../src/config.ts";
import { findSecrets } from "../../src/git/secret-scan.ts";
import { OctokitGitHub } from "../../src/github/octokit-github.ts";
import { HostSecrets } from "../../src/host-secrets.ts";
import { hostSecrets } from "../../src/main.ts";
import { startTestGitHub } from "../local-github/support/test-github.ts";
import { guardedChange } from "./support/change-in-quarantine.ts";

/** Fakes, put together here so that no scanner takes this file for a leak. */
const token = `ghs_${"n7Kq2VtZ".repeat(4)}${"aB3d"}`;
const password = "corré/ct+horse:batt3ry staple";
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  type: "pkcs1",
  format: "pem",
}) as string;

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** How a coder may write down what it should not know. */
const disguises: Record<string, (secret: string) => string> = {
  "as it is": (secret) => secret,
  "in base64": base64,
  "in base64, one byte further on": (secret) => base64(`x${secret}y`),
  "in base64, two bytes further on": (secret) => base64(`xx${secret}yz`),
  "in base64url": (secret) => Buffer.from(`>>${secret}`).toString("base64url"),
  "in base64, in lines": (secret) => base64(secret).replaceAll(/.{20}/g, "$&\n"),
  "in hexadecimal": (secret) => Buffer.from(secret).toString("hex"),
  "in capital hexadecimal": (secret) => Buffer.from(secret).toString("hex").toUpperCase(),
  "as bytes of an array": (secret) =>
    [...Buffer.from(secret)].map((byte) => `0x${byte.toString(16).padStart(2, "0")}`).join(", "),
  "as escapes of a string": (secret) =>
    [...Buffer.from(secret)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  reversed: (secret) => [...secret].toReversed().join(""),
  "escaped for a URL": (secret) => encodeURIComponent(secret),
  "escaped for JSON": (secret) => JSON.stringify(secret),
  "joined from strings": (secret) =>
    (secret.match(/[^]{1,7}/g) ?? []).map((part) => JSON.stringify(part)).join(" +\n  "),
  "in lines of a shell script": (secret) => (secret.match(/[^]{1,9}/g) ?? []).join("'\\\n'"),
  "letter by letter": (secret) => [...secret].map((letter) => `'${letter}'`).join(", "),
};

const secrets = { "a token": token, "a password": password, "a private key": pem };

describe.each(Object.entries(secrets))("%s of the host", (_name, secret) => {
  test.each(Object.keys(disguises))("is found %s, and its line named", async (how) => {
    const host = new HostSecrets([secret]);
    const found = await findSecrets(`first\nsecond\n${disguises[how]!(secret)}\n`, { host });
    const [line] = found.filter(({ isHosts }) => isHosts).map((one) => one.line);
    // Of a private key what counts is what stands below its head.
    expect([3, 4]).toContain(line);
  });
});

test.each(Object.keys(disguises))(
  "a diff with one %s is refused, and its value not repeated",
  async (how) => {
    const change = guardedChange({ secrets: [token] });
    change.commit({ "src/a.txt": `first\nsecond\n${disguises[how]!(token)}\n` });
    // Whoever may put an example anywhere may not put this one.
    const error = await change.refusal({ allowSecrets: ["**"] });
    expect(error.code).toBe("quarantine.secret");
    expect(error.message).toMatch(/^`src\/a\.txt` line 3 .*a secret of this Handback's host/);
    expect(error.mend).not.toContain("secrets.allow");
    expect(JSON.stringify([error.message, error.mend, error.fields])).not.toContain(token.slice(0, 12));
  },
);

describe("a secret of the host is refused also", () => {
  const refused = async (change: ReturnType<typeof guardedChange>) => (await change.refusal()).code;

  test("in a commit whose successor takes it out again", async () => {
    const change = guardedChange({ secrets: [token] });
    change.commit({ "a.txt": `${token}\n` });
    change.commit({ "a.txt": "nothing\n" });
    expect(await refused(change)).toBe("quarantine.secret");
  });

  test("put together over several commits", async () => {
    const change = guardedChange({ secrets: [token] });
    change.commit({ "a.txt": `key =\n${token.slice(0, 15)}` });
    change.commit({ "a.txt": `key =\n${token}` });
    expect(await refused(change)).toBe("quarantine.secret");
  });

  test("in a commit's message", async () => {
    const change = guardedChange({ secrets: [token] });
    change.commit({}, `Mend it\n\n${base64(token)}\n`);
    expect(await refused(change)).toBe("quarantine.secret");
  });

  test("in the name of a file, and in where a link leads", async () => {
    const named = guardedChange({ secrets: [token] });
    named.commit({ [`logs/${token}.txt`]: "x\n" });
    expect(await refused(named)).toBe("quarantine.secret");
    const linked = guardedChange({ secrets: [token] });
    symlinkSync(token, path.join(linked.sample.work, "link"));
    linked.commit({});
    expect(await refused(linked)).toBe("quarantine.secret");
  });

  test("behind a NUL, in a binary file and in UTF-16", async () => {
    for (const content of [
      Buffer.concat([Buffer.alloc(9000), Buffer.from(token)]),
      Buffer.from(token, "utf16le"),
    ]) {
      const change = guardedChange({ secrets: [token] });
      change.commit({ "a.bin": content });
      expect(await refused(change)).toBe("quarantine.secret");
    }
  });

  test("where it lies across the pieces that a long file is read in", async () => {
    const change = guardedChange({ secrets: [token] });
    change.commit({ "long.txt": `${"word ".repeat(19_658)}${token}${" word".repeat(1000)}` });
    expect(await refused(change)).toBe("quarantine.secret");
  });

  test("when it was minted after the sandbox began", () => {
    const known = new HostSecrets();
    known.add(token, Date.now() + 3_600_000);
    expect(known.isIn(`x ${token}`)).toBe(true);
  });
});

test("an ended token is forgotten, so that a long-lived worker does not fill up", () => {
  const known = new HostSecrets();
  known.add(token, Date.now() - 1);
  known.add(password);
  expect(known.isIn(token)).toBe(false);
});

test("the host's secrets are all that its configuration holds, and each token that it mints", async () => {
  const models = openModelRegistry({
    file: {
      path: "models.yaml",
      text: "providers:\n  vllm: { profile: vllm, baseUrl: 'https://vllm.internal.io', keyFrom: VLLM_KEY }\n",
    },
    apiKey: "sk-ant-T4qLz8RwYb1XnKcP",
    baseUrl: null,
    valueOf: (name) => (name === "VLLM_KEY" ? "R2f9TzQ7Lw4KxM8bVd" : null),
  });
  const config = readConfig({
    APP_ID: "1",
    PRIVATE_KEY: pem,
    WEBHOOK_SECRET: "q7Zt1mXw9KdP4vLs8RbY",
    REDIS_URL: "redis://:redis-password-1@127.0.0.1:6379",
    ANTHROPIC_API_KEY: "sk-ant-T4qLz8RwYb1XnKcP",
  });
  const known = hostSecrets(config, models);
  for (const one of [
    pem,
    "q7Zt1mXw9KdP4vLs8RbY",
    "redis-password-1",
    "sk-ant-T4qLz8RwYb1XnKcP",
    "R2f9TzQ7Lw4KxM8bVd",
  ]) {
    expect(known.isIn(base64(one)), one.slice(0, 8)).toBe(true);
  }

  const { github: local, app, installation } = await startTestGitHub();
  const github = new OctokitGitHub({
    apiUrl: local.apiUrl,
    serverUrl: local.url,
    appId: app.appId,
    privateKey: app.privateKey,
    onToken: (minted, expiresAt) => known.add(minted, expiresAt),
  });
  const repository = await github.repository({
    owner: "acme",
    name: "widgets",
    installationId: installation.id,
  });
  await repository.withGitToken("read", async (minted) =>
    expect(known.isIn(`x${base64(minted)}`)).toBe(true),
  );
});

test("half a private key is too much", () => {
  const lines = pem.trim().split("\n");
  expect(new HostSecrets([pem]).isIn(`key: ${lines[5]}`)).toBe(true);
});

test("what is found is cut out of a text, whatever stands around it, and the rest stays", () => {
  const text = fc.string({ maxLength: 60 }).filter((part) => !part.includes("[removed"));
  const how = fc.constantFrom(...Object.values(disguises));
  fc.assert(
    fc.property(text, text, how, (before, after, disguise) => {
      const known = new HostSecrets([token]);
      const clean = known.remove(`${before}\n${disguise(token)}\n${after}`);
      expect(known.isIn(clean)).toBe(false);
      expect(clean).toContain("[removed by Handback: a secret of the host]");
      expect(clean.startsWith(`${before}\n`)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

describe("what has the form of anybody's secret", () => {
  const forms: Record<string, string> = {
    GITHUB_TOKEN: `const t = "ghp_${randomBytes(18).toString("hex")}";`,
    PrivateKey: pem,
    AWSSecretAccessKey: `aws_secret_access_key = ${randomBytes(30).toString("base64").replaceAll(/[+/]/g, "x")}`,
  };
  test.each(Object.entries(forms))("is refused: %s", async (kind, text) => {
    const change = guardedChange({});
    change.commit({ "deploy/settings.txt": `one\n${text}\n` });
    const error = await change.refusal();
    expect(error).toMatchObject({ code: "quarantine.secret", fields: { kind } });
    expect(error.message).toMatch(/^`deploy\/settings\.txt` line 2/);
    expect(error.mend).toContain("`secrets.allow` in .github/handback.yml");
    expect(error.message).not.toContain(text.slice(12, 30));
  });

  test("also where one has hidden a new one among hundreds that the base has", async () => {
    const line = (): string => `token ghp_${randomBytes(18).toString("hex")}`;
    const old = Array.from({ length: 600 }, line).join("\n");
    const change = guardedChange({ files: { "old.txt": old } });
    change.commit({ "old.txt": `${old}\n${line()}\n` });
    expect((await change.refusal()).code).toBe("quarantine.secret");
  });

  test("with a real host, a password in an address is one", async () => {
    const change = guardedChange({});
    change.commit({ "a.txt": "mysql://root:s3cretpw@db.prod-shop.io:3306/x\n" });
    expect((await change.refusal()).code).toBe("quarantine.secret");
  });

  test("a comment that switches the scanner off does not", async () => {
    const change = guardedChange({});
    change.commit({ "a.js": `// secretlint-disable\n${forms["GITHUB_TOKEN"]}\n// secretlint-enable\n` });
    expect((await change.refusal()).code).toBe("quarantine.secret");
  });

  test("passes in files that settings name, and nowhere else", async () => {
    const allowSecrets = ["test/fixtures/**"];
    const change = guardedChange({});
    change.commit({ "test/fixtures/key.pem": pem });
    await change.admit({ allowSecrets });
    // The same content in a second place is judged by that place.
    change.commit({ "src/key.pem": pem });
    expect((await change.refusal({ allowSecrets })).message).toMatch(/^`src\/key\.pem`/);
  });

  test("which the base has already is not held against the change, also when the file moves", async () => {
    const old = `first\n${forms["GITHUB_TOKEN"]}\n${pem}`;
    const change = guardedChange({ files: { "old.txt": old } });
    change.commit({ "old.txt": null, "new.txt": `${old}more\n` });
    await change.admit();
    change.commit({ "new.txt": `${old}ghp_${randomBytes(18).toString("hex")}\n` });
    expect((await change.refusal()).code).toBe("quarantine.secret");
  });
});

test("ordinary work passes: lock files with hashes, placeholders, addresses on this machine, certificates, pictures", async () => {
  const change = guardedChange({ secrets: [token, password, pem] });
  const root = path.join(import.meta.dirname, "../..");
  change.commit({
    "package-lock.json": readFileSync(path.join(root, "package-lock.json")),
    "src/pipeline.ts": readFileSync(path.join(root, "src/pipeline.ts")),
    "docs/setup.md": `GITHUB_TOKEN=ghp_${"x".repeat(36)}\nDATABASE_URL=postgres://user:password@localhost:5432/db\nOTHER=mysql://root:s3cret@db:3306/app https://ann:pw@example.com/\n`,
    "keys/public.pem":
      "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----\n",
    "assets/icon.png": gzipSync(randomBytes(200_000)),
    "sums.txt": Array.from({ length: 500 }, () => randomBytes(32).toString("hex")).join("\n"),
  });
  const { changes } = await change.admit();
  expect(changes).toHaveLength(6);
});
