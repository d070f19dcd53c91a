import type { IncomingMessage } from "node:http";

/** Bytes of unverified bodies that all requests together may hold. */
const maxHeldBytes = 200 * 1024 * 1024;
let heldBytes = 0;

/** The raw body, in memory up to `limit` bytes. It stops reading as soon as the answer is clear. */
export async function readBody(
  request: IncomingMessage,
  limit: number,
): Promise<Buffer | "too_large" | "busy" | "aborted"> {
  if (Number(request.headers["content-length"] ?? 0) > limit) return "too_large";
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;

    const finish = (result: Buffer | "too_large" | "busy" | "aborted") => {
      heldBytes -= size;
      size = 0;
      request.off("data", onData).off("end", onEnd).off("close", onAbort);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      heldBytes += chunk.length;
      chunks.push(chunk);
      if (size > limit) finish("too_large");
      else if (heldBytes > maxHeldBytes) finish("busy");
    };
    const onEnd = () => finish(Buffer.concat(chunks));
    const onAbort = () => finish("aborted");
    request.on("error", () => undefined);
    request.on("data", onData).on("end", onEnd).on("close", onAbort);
  });
}
