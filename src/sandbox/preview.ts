const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** A command's output as text for a model: all of it, or head and tail with a line between that says what is missing. */
export function previewOf(output: {
  head: string;
  tail: string;
  outputBytes: number;
  keptBytes: number;
  outputPath: string;
}): string {
  const head = Buffer.from(output.head, "base64");
  const tail = Buffer.from(output.tail, "base64");
  if (tail.length === 0) return decoder.decode(head);
  const hidden = output.outputBytes - head.length - tail.length;
  const cut = output.keptBytes < output.outputBytes ? `; it holds only the first ${output.keptBytes}` : "";
  const between = `[… ${hidden} of ${output.outputBytes} bytes not shown; the output is in ${output.outputPath}${cut} …]`;
  return `${decoder.decode(withoutCutEnd(head))}\n${between}\n${decoder.decode(withoutCutStart(tail))}`;
}

/** Drops a character of which only the first bytes are there. */
function withoutCutEnd(bytes: Buffer): Buffer {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}

/** Drops the last bytes of a character whose first ones are not there. */
function withoutCutStart(bytes: Buffer): Buffer {
  let start = 0;
  while (start < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return bytes.subarray(start);
}
