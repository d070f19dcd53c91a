import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeFrame, FrameError, FrameKind, FrameReader, MAX_PAYLOAD_BYTES } from "../../sandbox/frames.ts";

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
      const bytes = Buffer.concat(frames.map((one) => encodeFrame(one.kind, one.id, one.payload)));
      expect(read(new FrameReader(), bytes, cuts)).toEqual(frames);
    }),
    { numRuns: 200 },
  );
});

test("a kind that there is not, and a frame too short to have one, are refused", () => {
  for (const kind of [0, 7, 255]) {
    const bytes = encodeFrame(FrameKind.result, 1, "{}");
    bytes[4] = kind;
    expect(() => [...new FrameReader().read(bytes)], `kind ${kind}`).toThrow(FrameError);
  }
  expect(() => [...new FrameReader().read(Buffer.from([0, 0, 0, 4, 1, 0, 0, 0]))]).toThrow(FrameError);
});

test("a length beyond the limit is refused before anything is kept", () => {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(MAX_PAYLOAD_BYTES + 1000);
  expect(() => [...new FrameReader().read(head)]).toThrow(FrameError);
  expect(() => encodeFrame(FrameKind.chunk, 1, Buffer.alloc(MAX_PAYLOAD_BYTES + 1))).toThrow(FrameError);
});
