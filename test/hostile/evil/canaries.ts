import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Secrets that nobody may ever see again: planted where a host keeps its own, and looked for everywhere else, as they are,
 * reversed, in base64 at each of its three offsets, and in hexadecimal.
 */
export class Canaries {
  readonly #forms: { readonly name: string; readonly bytes: Buffer }[] = [];

  /** A new one, to be put at the place that `name` tells. */
  make(name: string): string {
    const secret = `ghp_${randomBytes(18).toString("hex")}`;
    this.watch(name, secret);
    return secret;
  }

  /** A secret that is there already. */
  watch(name: string, secret: string): void {
    if (secret.length < 12) throw new RangeError(`the secret of ${name} is too short to be looked for`);
    const bytes = Buffer.from(secret);
    const base64 = [0, 1, 2].map((offset) => innerBase64(bytes, offset));
    const reversed = [...secret].toReversed().join("");
    const forms = [secret, reversed, ...base64, bytes.toString("hex"), bytes.toString("hex").toUpperCase()];
    for (const form of forms) this.#forms.push({ name, bytes: Buffer.from(form) });
  }

  /** The names of those that stand in it. */
  in(text: string | Uint8Array): string[] {
    const bytes =
      typeof text === "string"
        ? Buffer.from(text)
        : Buffer.from(text.buffer, text.byteOffset, text.byteLength);
    return [...new Set(this.#forms.filter((form) => bytes.includes(form.bytes)).map(({ name }) => name))];
  }

  /** `place: name` for each file under the folder that holds one. */
  inFolder(folder: string, skip: (file: string) => boolean = () => false): string[] {
    const found: string[] = [];
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (!entry.isFile() || skip(file)) continue;
      const bytes = readIfThere(file);
      if (bytes !== null) found.push(...this.in(bytes).map((name) => `${file}: ${name}`));
    }
    return found;
  }
}

/** What of the base64 of bytes is the same wherever they stand in a longer text, at this offset of three. */
function innerBase64(bytes: Buffer, offset: number): string {
  const whole = Buffer.concat([Buffer.alloc(offset), bytes]);
  const from = Math.ceil((offset * 8) / 6);
  const to = Math.floor((whole.length * 8) / 6);
  return whole.toString("base64").slice(from, to);
}

/** null: gone meanwhile, or too large to be one of ours. */
function readIfThere(file: string): Buffer | null {
  try {
    return statSync(file).size > 512 * 1024 * 1024 ? null : readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
