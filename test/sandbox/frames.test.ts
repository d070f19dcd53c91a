import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  encodeHello,
  FrameError,
  FrameKind,
  FrameReader,
  FrameWriter,
  MAX_PAYLOAD_BYTES,
} from "../../sandbox/frames.ts";

const key = randomBytes(32);
const frame = fc.record({
  kind: fc.constantFrom(FrameKind.request, FrameKind.chunk, FrameKind.result, FrameKind.failure),
  id: fc.nat(),
  payload: fc.uint8Array({ maxLength: 300 }),
});

/** All bytes, cut anywhere. */
function read(
  reader: FrameReader,
  bytes: Buffer,
  cuts: number[],
): { kind: number; id: number; payload: Uint8Array }[] {
  const at = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  const pieces = [0, ...at].map((start, index) => bytes.subarray(start, at[index] ?? bytes.length));
  return pieces.flatMap((piece) =>
    [...reader.read(piece)].map((one) => ({ ...one, payload: new Uint8Array(one.payload) })),
  );
}

test("frames come out as they went in, however the stream cuts them", () => {
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 12 }), (frames, cuts) => {
      const writer = new FrameWriter({ key, direction: "to_host" });
      const bytes = Buffer.concat(frames.map((one) => writer.encode(one.kind, one.id, one.payload)));
      expect(read(new FrameReader({ key, direction: "to_host" }), bytes, cuts)).toEqual(frames);
    }),
    { numRuns: 200 },
  );
});

test("a changed byte, a repeated frame, one left out, and one of the other direction are refused", () => {
  const frames = () => {
    const writer = new FrameWriter({ key, direction: "to_host" });
    return ["one", "two"].map((text) => writer.encode(FrameKind.result, 1, text)) as [Buffer, Buffer];
  };
  const reading =
    (...bytes: Buffer[]) =>
    () => [...new FrameReader({ key, direction: "to_host" }).read(Buffer.concat(bytes))];
  const [first, second] = frames();
  expect(reading(first, second)()).toHaveLength(2);
  for (let at = 4; at < first.length; at += 1) {
    const changed = Buffer.from(first);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(reading(changed), `byte ${at}`).toThrow(FrameError);
  }
  expect(reading(first, first)).toThrow(FrameError);
  expect(reading(second)).toThrow(FrameError);
  const other = new FrameWriter({ key, direction: "to_sandbox" }).encode(FrameKind.result, 1, "one");
  expect(reading(other)).toThrow(FrameError);
});

test("a length beyond the limit is refused before anything is kept", () => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(MAX_PAYLOAD_BYTES + 1000);
  expect(() => [...new FrameReader({ key, direction: "to_host" }).read(head)]).toThrow(FrameError);
  expect(() =>
    new FrameWriter({ key, direction: "to_host" }).encode(
      FrameKind.chunk,
      1,
      Buffer.alloc(MAX_PAYLOAD_BYTES + 1),
    ),
  ).toThrow(FrameError);
});

test("the sandbox takes its key from the hello, once, and nothing before it", () => {
  const reader = new FrameReader({ key: null, direction: "to_sandbox" });
  const bytes = Buffer.concat([
    encodeHello("hi"),
    new FrameWriter({ key, direction: "to_sandbox" }).encode(FrameKind.request, 1, "{}"),
  ]);
  const seen: number[] = [];
  for (const one of reader.read(bytes)) {
    seen.push(one.kind);
    if (one.kind === FrameKind.hello) reader.setKey(key);
  }
  expect(seen).toEqual([FrameKind.hello, FrameKind.request]);
  expect(() => [...reader.read(encodeHello("again"))]).toThrow(FrameError);
  const early = new FrameWriter({ key, direction: "to_sandbox" }).encode(FrameKind.request, 1, "{}");
  expect(() => [...new FrameReader({ key: null, direction: "to_sandbox" }).read(early)]).toThrow(FrameError);
});
