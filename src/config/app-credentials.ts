import { createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { isGuessable } from "./guessable-secret.ts";

export interface AppCredentials {
  readonly appId: number;
  /** PEM */
  readonly privateKey: string;
  readonly webhookSecret: string;
}

/** All of the App's three values, or none of them; what is wrong is added to `problems`. */
export function readAppCredentials(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): AppCredentials | null {
  const names = ["APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET"];
  if (names.every((name) => env[name] === undefined)) return null;

  const appId = Number(env["APP_ID"]);
  if (env["APP_ID"] === undefined) problems.push("APP_ID: is missing; it stands on the App's settings page");
  else if (!Number.isSafeInteger(appId) || appId <= 0) problems.push("APP_ID: must be the App's number");

  const secret = env["WEBHOOK_SECRET"];
  if (secret === undefined) {
    problems.push("WEBHOOK_SECRET: is missing; set the same secret here and on the App's settings page");
  } else if (isGuessable(secret)) {
    problems.push(
      "WEBHOOK_SECRET: can be guessed; use at least 16 random characters (openssl rand -hex 32), here and on the App's page",
    );
  }

  const privateKey = readPrivateKey(env, problems);
  if (privateKey === null || secret === undefined) return null;
  return { appId, privateKey, webhookSecret: secret };
}

/** As PEM, as PEM with `\n` written out, as base64 of PEM, or from the file that PRIVATE_KEY_PATH names. */
function readPrivateKey(
  env: Readonly<Record<string, string | undefined>>,
  problems: string[],
): string | null {
  const keyPath = env["PRIVATE_KEY_PATH"];
  let text = env["PRIVATE_KEY"];
  const name = text === undefined && keyPath !== undefined ? "PRIVATE_KEY_PATH" : "PRIVATE_KEY";
  if (text === undefined && keyPath !== undefined) {
    try {
      text = readFileSync(keyPath, "utf8");
    } catch (cause) {
      problems.push(`PRIVATE_KEY_PATH: cannot be read (${(cause as NodeJS.ErrnoException).code ?? "error"})`);
      return null;
    }
  }
  if (text === undefined) {
    problems.push("PRIVATE_KEY: is missing; put the App's .pem here, or its path into PRIVATE_KEY_PATH");
    return null;
  }
  const pem = toPem(text);
  try {
    createPrivateKey(pem);
    return pem;
  } catch {
    problems.push(
      `${name}: is not a private key in PEM form; download a new one from the App's settings page`,
    );
    return null;
  }
}

function toPem(text: string): string {
  const unquoted = text.trim().replace(/^"([\s\S]*)"$/, "$1");
  const plain = unquoted.includes("-----BEGIN") ? unquoted : Buffer.from(unquoted, "base64").toString("utf8");
  return plain.replaceAll("\\n", "\n").trim() + "\n";
}
