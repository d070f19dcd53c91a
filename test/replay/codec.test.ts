import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { GitHubError, SandboxError } from "../../src/errors.ts";
import { askedOf } from "../../src/replay/asked.ts";
import { decode, digestOf, encode, LeftOutError } from "../../src/replay/codec.ts";
import { pack, unpack } from "../../src/replay/packed.ts";
import { SecretCleaner } from "../../src/replay/secret-cleaner.ts";
import { withoutDurations } from "../../src/replay/without-durations.ts";

/** Through the tape and back. */
function through(value: unknown): { value: unknown; kept: number } {
  const blobs = new Map<string, Uint8Array>();
  const text = JSON.stringify(encode(value, { keep: (hash, bytes) => blobs.set(hash, pack(bytes)) }));
  const read = (hash: string): Uint8Array => unpack(blobs.get(hash) ?? new Uint8Array());
  return { value: decode(JSON.parse(text), { read }), kept: blobs.size };
}

const anything = fc.anything({
  withNullPrototype: false,
  withTypedArray: false,
  key: fc.string({ maxLength: 8 }),
});

describe("what is on a tape", () => {
  test("comes back as it was, whatever JSON can hold, however long", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6, stringUnit: "binary" }), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        expect(through(plain).value).toEqual(plain);
      }),
    );
    const long = Array.from({ length: 1_000 }, (_, index) => ({ index, text: "x".repeat(index) }));
    expect(through(long).value).toEqual(long);
  });

  test("is never a reason to throw, whatever it is", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(() => through(value)).not.toThrow();
      }),
    );
  });

  test("comes back with bytes, absent values, dates, and numbers that JSON lacks", () => {
    const value = {
      bytes: new Uint8Array([0, 255, 10]),
      none: [undefined, null],
      at: new Date(0),
      n: [Infinity, NaN],
    };
    expect(through(value).value).toEqual(value);
    expect(through({ $: "text", hash: "mine" }).value).toEqual({ $: "text", hash: "mine" });
  });

  test("brings errors back as what they are, with their causes", () => {
    const cause = new SandboxError("sandbox.lost", "It is gone", { mend: "Again.", fields: { id: 7 } });
    const error = new GitHubError("github.server", "500", { mend: "Wait.", fields: { status: 500 }, cause });
    const back = through(error).value;
    expect(back).toBeInstanceOf(GitHubError);
    expect(back).toMatchObject({
      code: "github.server",
      message: "500",
      mend: "Wait.",
      fields: { status: 500 },
    });
    expect((back as Error).cause).toBeInstanceOf(SandboxError);
    expect(through(new RangeError("no such number")).value).toMatchObject({ name: "RangeError" });
  });

  test("has the same digest for the same content, and another for other content", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (record) => {
        const turned = Object.fromEntries(Object.entries(record).toReversed());
        expect(digestOf(encode(turned))).toBe(digestOf(encode(record)));
        expect(digestOf(encode({ ...record, more: 1 }))).not.toBe(digestOf(encode({ ...record, more: 2 })));
      }),
    );
  });

  test("has no part for signals, functions and tokens", () => {
    const request = { branch: "main", token: "ghs_secret", signal: AbortSignal.abort(), onOutput: () => {} };
    expect(askedOf("git", [request], { idOf: () => null }).args).toEqual([{ branch: "main" }]);
  });

  test("keeps a list that grows at its end in few new parts", () => {
    const blobs = new Set<string>();
    const known = new WeakMap<object, unknown>();
    const messages = Array.from({ length: 400 }, (_, index) => ({ text: `${index} ${"word ".repeat(50)}` }));
    for (let turn = 1; turn <= 400; turn += 1) {
      encode(messages.slice(0, turn), { keep: (hash) => blobs.add(hash), known });
    }
    // 400 messages with their texts, and some lists of lists for each turn.
    expect(blobs.size).toBeLessThan(400 * 5);
  });

  test("leaves out what is too long, and says so where it is read; bytes still have their digest", () => {
    const big = new Uint8Array(5 << 20).fill(7);
    const back = through({ bytes: big }).value as { bytes: Uint8Array };
    expect(back.bytes).toHaveLength(0);
    expect(digestOf(encode([back.bytes]))).toBe(digestOf(encode([big])));
    expect(() => through("x".repeat(5 << 20))).toThrow(LeftOutError);
  });
});

test("secrets are cut out in every form in which they come", () => {
  const cleaner = new SecretCleaner(["s3cret-s3cret", "line\nline-of-a-key"]);
  const basic = Buffer.from("x-access-token:s3cret-s3cret").toString("base64");
  for (const text of [
    "s3cret-s3cret",
    `basic ${basic}`,
    '"line\\nline-of-a-key"',
    "ghs_abcdefghijklmnopqrstuvwxyz",
  ]) {
    expect(cleaner.text(`before ${text} after`)).toMatch(/^before .*\[redacted\].* after$/);
  }
  expect(Buffer.from(cleaner.bytes(Buffer.from("a s3cret-s3cret b"))).toString()).toBe("a [redacted] b");
  const harmless = Buffer.from([0, 1, 2, 255]);
  expect(cleaner.bytes(harmless)).toBe(harmless);
});

test("durations do not count, other numbers do", () => {
  expect(withoutDurations({ text: "took 1 min 5 s, < 1 s, 12.5 ms; 3 files at line 7" })).toEqual({
    text: "took ⟨time⟩, ⟨time⟩, ⟨time⟩; 3 files at line 7",
  });
});
