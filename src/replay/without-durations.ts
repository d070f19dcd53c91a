/**
 * A value with every duration in its texts made the same: how long something took is different each time and decides nothing. The
 * forms are those of `duration` and of numbers with a unit.
 */
export function withoutDurations(value: unknown): unknown {
  if (typeof value === "string") return value.replace(durations, "⟨time⟩");
  if (Array.isArray(value)) return value.map(withoutDurations);
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, held]) => [key, withoutDurations(held)]));
}

const durations = /(?:< ?)?\b\d+(?:[.,]\d+)?\s?(?:ms|min(?:utes?)?|s|seconds?|h)\b(?:\s\d+\s?s\b)?/g;
