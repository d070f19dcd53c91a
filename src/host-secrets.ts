/**
 * The host's own secrets, and where a text has one: as it is, escaped for JSON or a URL, reversed, in hexadecimal or base64 (at
 * each of the three places where it can begin in a longer text), and each of these split over lines, quotes and what joins
 * strings. Secrets shorter than 12 characters are not looked for: words like `lm-studio` stand in for the key of a model on this machine.
 */
export class HostSecrets {
  readonly #known = new Map<string, Known>();

  constructor(secrets: readonly string[] = []) {
    for (const secret of secrets) this.add(secret);
  }

  /** A token that is minted while the host runs is one from then on, until it has ended. */
  add(secret: string, expiresAt = Infinity): void {
    const now = Date.now();
    for (const [other, known] of this.#known) if (known.expiresAt < now) this.#known.delete(other);
    if (secret.trim().length < shortest) return;
    const forms = [...new Set([...formsOf(secret), ...longLines(secret)])];
    const bare = forms.map((form) => ({ form, bare: form.replaceAll(joints, "") }));
    this.#known.set(secret, {
      expiresAt,
      plain: bare.filter((one) => one.bare.length >= shortestBare).map((one) => one.bare),
      exact: bare.filter((one) => one.bare.length < shortestBare).map(({ form }) => form),
      hex: Buffer.from(secret).toString("hex"),
    });
  }

  isIn(text: string): boolean {
    return this.find(text) !== null;
  }

  /** Where one begins, in characters; null: there is none. */
  find(text: string): number | null {
    return this.#first(text, 0)?.start ?? null;
  }

  /** The text with `[removed …]` where a secret was; the same text when there is none. */
  remove(text: string): string {
    let clean = "";
    let from = 0;
    for (let found = this.#first(text, 0); found !== null; found = this.#first(text, from)) {
      const before = text.slice(from, found.start);
      // Lines of one key are one secret.
      clean += clean !== "" && before.trim() === "" ? "" : before + removedSecret;
      from = found.end;
    }
    return clean === "" ? text : clean + text.slice(from);
  }

  #first(text: string, from: number): { start: number; end: number } | null {
    const rest = from === 0 ? text : text.slice(from);
    const known = [...this.#known.values()];
    const plain = known.flatMap((one) => one.plain);
    const all = [
      ...known.flatMap(({ exact }) => exact.map((form) => exactly(rest, form))),
      among(rest, { forms: plain, dropped: joints, lower: false }),
      among(rest, { forms: known.map(({ hex }) => hex), dropped: hexJoints, lower: true }),
    ].filter((range) => range !== null);
    const [first] = all.toSorted((a, b) => a.start - b.start);
    return first === undefined ? null : { start: first.start + from, end: first.end + from };
  }
}

const removedSecret = "[removed by Handback: a secret of the host]";

const shortest = 12;
const shortestBare = 10;

/** White space, quotes, commas, `+`, `.`, backslashes: all that can stand between the parts of a split text. */
const joints = /[^A-Za-z0-9]+/g;
const hexJoints = /0x|\\x|\\u00|[^A-Za-z0-9]+/gi;

interface Known {
  readonly expiresAt: number;
  /** The forms, of letters and digits only. */
  readonly plain: readonly string[];
  /** Those with too few letters and digits to be told from other text without what stands between them. */
  readonly exact: readonly string[];
  readonly hex: string;
}

type Range = { start: number; end: number };

function exactly(text: string, form: string): Range | null {
  const at = text.indexOf(form);
  return at < 0 ? null : { start: at, end: at + form.length };
}

function among(
  text: string,
  { forms, dropped, lower }: { forms: readonly string[]; dropped: RegExp; lower: boolean },
): Range | null {
  if (forms.length === 0) return null;
  const kept = text.replaceAll(dropped, "");
  const bare = lower ? kept.toLowerCase() : kept;
  let first: Range | null = null;
  for (const form of forms) {
    const at = bare.indexOf(form);
    if (at >= 0 && (first === null || at < first.start)) first = { start: at, end: at + form.length - 1 };
  }
  if (first === null) return null;
  const place = placesIn(text, dropped);
  return { start: place(first.start), end: place(first.end) + 1 };
}

/** Where in the text its kept character number `index` stands. */
function placesIn(text: string, dropped: RegExp): (index: number) => number {
  const gaps = [...text.matchAll(dropped)].map((gap) => ({ at: gap.index, length: gap[0].length }));
  return (index) => {
    let place = index;
    for (const gap of gaps) {
      if (gap.at > place) break;
      place += gap.length;
    }
    return place;
  };
}

function formsOf(secret: string): string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    [...secret].toReversed().join(""),
    ...[0, 1, 2].flatMap((offset) => base64At(secret, offset)),
  ];
}

/** What base64 makes of it when so many bytes stand before it, without the characters that its neighbours decide as well. */
function base64At(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const encoded = bytes.toString("base64").replace(/=+$/, "");
  const sure = encoded.slice(Math.ceil((offset * 8) / 6), Math.floor((bytes.length * 8) / 6));
  return [sure, sure.replaceAll("+", "-").replaceAll("/", "_")];
}

/** Of a private key each line is a secret: half of it is too much already. */
function longLines(secret: string): string[] {
  return secret.split(/\r?\n/).filter((line) => line.length >= 40 && line !== secret);
}
