/** Cuts the host's secrets out of what goes onto a tape: those that are known, and what has the form of one. */
export class SecretCleaner {
  readonly #exact = new Set<string>();

  constructor(secrets: readonly string[]) {
    for (const secret of secrets) this.add(secret);
  }

  /** Values shorter than 8 characters are not matched. */
  add(secret: string): void {
    if (secret.length < 8) return;
    // As it stands in a header and in git's own `extraheader`, too.
    const basic = Buffer.from(`x-access-token:${secret}`).toString("base64");
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), basic]) this.#exact.add(form);
  }

  readonly text = (text: string): string => {
    let clean = text;
    for (const secret of this.#exact) {
      if (clean.includes(secret)) clean = clean.replaceAll(secret, "[redacted]");
    }
    for (const form of secretForms) clean = clean.replace(form, "[redacted]");
    return clean;
  };

  /** The same bytes when they hold no secret. */
  readonly bytes = (bytes: Uint8Array): Uint8Array => {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (![...this.#exact].some((secret) => buffer.includes(secret))) return bytes;
    return Buffer.from(this.text(buffer.toString("latin1")), "latin1");
  };
}

/** GitHub's tokens, Anthropic's keys, and private keys. */
const secretForms = [
  /\b(?:gh[pousr]_[A-Za-z0-9_]{20,}|github_pat_[A-Za-z0-9_]{20,})/g,
  /\bsk-ant-[A-Za-z0-9_-]{16,}/g,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
];
