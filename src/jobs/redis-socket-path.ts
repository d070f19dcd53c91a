import { createHash } from "node:crypto";
import { lstat, mkdir } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import path from "node:path";
import { ConfigurationError } from "../errors.ts";

/**
 * Where the socket of the Redis of `directory` is: in it, or, when that is longer than a unix socket's path may be (107 bytes),
 * in a folder of the system's temporary one that is named after it and belongs to this user only.
 */
export async function redisSocketPath(directory: string, temporary = tmpdir()): Promise<string> {
  const own = path.join(directory, "redis.sock");
  if (fits(own)) return own;
  const hash = createHash("sha256").update(directory).digest("hex").slice(0, 12);
  const { uid } = userInfo();
  const folder = path.join(temporary, `handback-${uid}-${hash}`);
  const short = path.join(folder, "redis.sock");
  if (!fits(short)) {
    throw new ConfigurationError(
      "redis.path_too_long",
      `The path ${directory} is too long for Redis's socket.`,
      {
        mend: "Choose a shorter HANDBACK_DATA or TMPDIR, or set REDIS_URL.",
        fields: { directory, temporary },
      },
    );
  }
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const status = await lstat(folder);
  // In a folder that everybody writes to, the name may have been taken by somebody else.
  if (!status.isDirectory() || status.uid !== uid || (status.mode & 0o077) !== 0) {
    throw new ConfigurationError("redis.folder_not_ours", `${folder} is not this user's own folder.`, {
      mend: `Remove ${folder}, choose a shorter HANDBACK_DATA, or set REDIS_URL.`,
      fields: { folder },
    });
  }
  return short;
}

function fits(socketPath: string): boolean {
  return Buffer.byteLength(socketPath) <= 107;
}
