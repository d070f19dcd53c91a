import type { Usage } from "../run/events.ts";

/** The sum; a counter which no provider told is unknown, and an estimate in it makes it one. */
export function addUsage(usages: readonly Usage[]): Usage {
  const isEstimated = usages.some((usage) => usage.isEstimated);
  return {
    input: sumKnown(usages.map(({ input }) => input)) ?? 0,
    output: sumKnown(usages.map(({ output }) => output)) ?? 0,
    cacheRead: sumKnown(usages.map(({ cacheRead }) => cacheRead)),
    cacheWrite: sumKnown(usages.map(({ cacheWrite }) => cacheWrite)),
    ...(isEstimated ? { isEstimated } : {}),
  };
}

/** Of what is known; null when nothing is. */
export function sumKnown(values: readonly (number | null)[]): number | null {
  return values.reduce((total, value) => (value === null ? total : (total ?? 0) + value), null);
}
