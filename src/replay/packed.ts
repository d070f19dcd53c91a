import { deflateRawSync, inflateRawSync } from "node:zlib";

const plain = 0;
const deflated = 1;

/** Bytes as they are stored: deflated where that makes them smaller. The first byte says which. */
export function pack(bytes: Uint8Array): Uint8Array {
  if (bytes.byteLength >= 200) {
    // Level 1: a pipeline is waiting.
    const small = deflateRawSync(bytes, { level: 1 });
    if (small.byteLength < bytes.byteLength) return Buffer.concat([Buffer.of(deflated), small]);
  }
  return Buffer.concat([Buffer.of(plain), bytes]);
}

export function unpack(stored: Uint8Array): Uint8Array {
  const rest = stored.subarray(1);
  return stored[0] === deflated ? inflateRawSync(rest) : rest;
}
