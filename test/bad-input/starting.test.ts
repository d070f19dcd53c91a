import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { expect, test, type TestContext } from "vitest";

const root = path.join(import.meta.dirname, "../..");

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs1", format: "pem" },
});

const app = {
  APP_ID: "7",
  PRIVATE_KEY: privateKey,
  WEBHOOK_SECRET: "q7Zt1mXw9KdP4vLs8RbY",
  PORT: "0",
};

test.concurrent("Redis that does not answer is one plain sentence and its mend, without its password", async ({
  onTestFinished,
}) => {
  const ended = await start(onTestFinished, { ...app, REDIS_URL: "redis://:hunter2hunter2@127.0.0.1:1" });
  expect(ended).toMatchObject({ code: 1, stdout: "" });
  expect(ended.stderr).toBe(
    "Redis does not answer at redis://127.0.0.1:1.\nStart Redis, or unset REDIS_URL to use the one that Handback starts itself.\n",
  );
  expect(ended.seconds).toBeLessThan(10);
});

test.concurrent("a sandbox image that is not there is one plain sentence and its mend", async ({
  onTestFinished,
}) => {
  const ended = await start(onTestFinished, { ...app, SANDBOX_IMAGE: "handback-sandbox:never-built" });
  expect(ended.code).toBe(1);
  expect(ended.stderr.trim().split("\n").slice(-2)).toEqual([
    "The sandbox image handback-sandbox:never-built is not on this machine.",
    expect.stringContaining("bin/setup"),
  ]);
});

test.concurrent("every wrong variable is named with its mend", async ({ onTestFinished }) => {
  const ended = await start(onTestFinished, {
    ...app,
    WEBHOOK_SECRET: "development",
    REDIS_URL: "localhost",
    PORT: "all",
  });
  expect(ended.code).toBe(1);
  for (const name of ["WEBHOOK_SECRET", "REDIS_URL", "PORT"])
    expect(ended.stderr).toMatch(new RegExp(`^ +${name}: `, "m"));
  expect(ended.stderr).toContain("Correct these variables and start again.");
  expect(ended.stderr).not.toMatch(/^\s+at /m);
});

test.concurrent("a port that is in use is named", async ({ onTestFinished }) => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const ended = await start(onTestFinished, { PORT: String(port) });
  expect(ended.code).toBe(1);
  expect(ended.stderr).toContain(`Port ${port} is in use.\nStop the other program, or set PORT.\n`);
});

/** `handback start` in an empty environment, until it ends by itself. */
async function start(
  onTestFinished: TestContext["onTestFinished"],
  environment: Readonly<Record<string, string>>,
): Promise<{ code: number | null; stdout: string; stderr: string; seconds: number }> {
  const directory = mkdtempSync(path.join(tmpdir(), "hb-start-"));
  const startedAt = performance.now();
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(root, "src/cli.ts"), "start"],
    { cwd: directory, env: { PATH, HOME, HANDBACK_DATA: path.join(directory, "data"), ...environment } },
  );
  onTestFinished(() => {
    child.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
  child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr, seconds: (performance.now() - startedAt) / 1000 };
}
