import { setImmediate } from "node:timers/promises";
import type { HostSecrets } from "../host-secrets.ts";

/** A secret in a text; what it is, never its value. */
export interface FoundSecret {
  /** For a person: `a secret of this Handback's host`, `GITHUB_TOKEN`. */
  readonly kind: string;
  readonly isHosts: boolean;
  /** The first and the last line that it stands on, from 1. */
  readonly line: number;
  readonly lastLine: number;
}

/**
 * The secrets of a text: the host's own in all their forms, and what has the form of anybody's. The text is taken in pieces, so
 * that a long one does not keep everything else waiting.
 */
export async function findSecrets(
  text: string,
  options: { host: HostSecrets; signal?: AbortSignal | undefined },
): Promise<FoundSecret[]> {
  const found: FoundSecret[] = [];
  let line = 1;
  for (let at = 0; at < text.length; at += pieceLength) {
    options.signal?.throwIfAborted();
    const piece = text.slice(at, at + pieceLength + overlap);
    const inPiece = [...hostSecretIn(piece, options.host), ...(await commonSecretsIn(piece))];
    found.push(
      ...inPiece.map((one) => ({ ...one, line: one.line + line - 1, lastLine: one.lastLine + line - 1 })),
    );
    line += linesBefore(text.slice(at, at + pieceLength), pieceLength);
    // After each, however short: a thousand commits are a thousand texts.
    await setImmediate();
  }
  return found;
}

/** A hostile text makes the scanner slow: in pieces of this length by at most a tenth of a second each. */
const pieceLength = 96 << 10;
/** Longer than the longest form of a private key, with what it is split by. */
const overlap = 32 << 10;

function hostSecretIn(text: string, host: HostSecrets): FoundSecret[] {
  const at = host.find(text);
  if (at === null) return [];
  const line = linesBefore(text, at) + 1;
  return [{ kind: "a secret of this Handback's host", isHosts: true, line, lastLine: line }];
}

async function commonSecretsIn(text: string): Promise<FoundSecret[]> {
  const [{ lintSource }, { creator }] = await Promise.all([
    // Together some 10 MB, which a worker does not need before there is a change.
    import("@secretlint/core"),
    import("@secretlint/secretlint-rule-preset-recommend"),
  ]);
  const { messages } = await lintSource({
    source: {
      filePath: "change.txt",
      ext: ".txt",
      contentType: "text",
      // Its comments that switch it off are the coder's to write.
      content: text.replaceAll("secretlint-", "secretlint_"),
    },
    options: {
      noPhysicFilePath: true,
      maskSecrets: true,
      config: { rules: [{ id: "recommended", rule: creator }] },
    },
  });
  return messages
    .filter(({ range: [start, end] }) => !isPlaceholder(text.slice(start, end)))
    .map(({ messageId, range: [start, end] }) => ({
      kind: messageId,
      isHosts: false,
      line: linesBefore(text, start) + 1,
      lastLine: linesBefore(text, end) + 1,
    }));
}

/** `ghp_xxxxxxxx` is a picture of a token; a password for a host without a domain is one for a container beside the code. */
function isPlaceholder(text: string): boolean {
  const host = /^[a-z][a-z0-9+]*:\/\/[^/\s]*@([\w.-]+)/i.exec(text)?.[1]?.toLowerCase();
  if (host !== undefined && (!host.includes(".") || placeholderHost.test(host))) return true;
  return new Set(text).size < 10;
}

const placeholderHost = /^127\.|(?:^|\.)(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)$/;

function linesBefore(text: string, at: number): number {
  let lines = 0;
  for (let next = text.indexOf("\n"); next >= 0 && next < at; next = text.indexOf("\n", next + 1)) lines += 1;
  return lines;
}
