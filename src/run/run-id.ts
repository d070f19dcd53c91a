import { randomInt } from "node:crypto";

let lastTime = 0;

/**
 * A new run's id: `r`, nine base-36 digits of milliseconds, eight of chance. Sorts by age, also within one process's
 * millisecond; fits a BullMQ job id (no `:`, not only digits), a container's name and a git ref.
 */
export function newRunId(now = Date.now()): string {
  lastTime = Math.max(now, lastTime + 1);
  const time = lastTime.toString(36).padStart(9, "0");
  const chance = Array.from({ length: 8 }, () => randomInt(36).toString(36)).join("");
  return `r${time}${chance}`;
}

export const RUN_ID_PATTERN = /^r[0-9a-z]{15,}$/;
