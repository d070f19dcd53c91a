import { statfsSync } from "node:fs";
import { WORKSPACE } from "./protocol.ts";

/** Less room than this, in kilobytes or inodes, is as good as none: git removes what it could not finish. */
const FULL_BELOW = 256;
const LARGEST_LOCK_SHARE = 0.05;

export function isFull(): boolean {
  const { bavail, bsize, blocks, ffree } = statfsSync(WORKSPACE);
  return ffree < FULL_BELOW || (bavail * bsize) / 1024 < FULL_BELOW || bavail < blocks * LARGEST_LOCK_SHARE;
}
