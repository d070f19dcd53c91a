/** Writing ASN.1 in DER, as far as certificates need it. Nothing here reads. */
export const der = {
  sequence: (...parts: readonly Buffer[]): Buffer => tagged(0x30, ...parts),
  set: (...parts: readonly Buffer[]): Buffer => tagged(0x31, ...parts),
  /** Explicitly tagged, `[n]`. */
  context: (n: number, ...parts: readonly Buffer[]): Buffer => tagged(0xa0 + n, ...parts),
  /** Implicitly tagged, `[n]`, of bytes. */
  contextBytes: (n: number, bytes: Buffer): Buffer => tagged(0x80 + n, bytes),
  octets: (...parts: readonly Buffer[]): Buffer => tagged(0x04, ...parts),
  /** All bits are used but the last `unused`. */
  bits: (bytes: Buffer, unused = 0): Buffer => tagged(0x03, Buffer.from([unused]), bytes),
  /** Big-endian, not negative, without leading zeros. */
  integer: (bytes: Buffer): Buffer => tagged(0x02, bytes),
  true: (): Buffer => tagged(0x01, Buffer.from([0xff])),
  utf8: (text: string): Buffer => tagged(0x0c, Buffer.from(text)),
  objectId: (dotted: string): Buffer => tagged(0x06, objectIdBytes(dotted)),
  time,
} as const;

function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length)]), content]);
}

function lengthBytes(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}

function objectIdBytes(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return Buffer.from([first * 40 + second, ...rest.flatMap(sevenBits)]);
}

function sevenBits(number: number): number[] {
  const bytes = [number & 0x7f];
  for (let left = number >> 7; left > 0; left >>= 7) bytes.unshift((left & 0x7f) | 0x80);
  return bytes;
}

/** Certificates write years before 2050 with two digits. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2)))
    : tagged(0x18, Buffer.from(digits));
}
