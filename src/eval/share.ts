/** k of n, with Wilson's score interval for 95 %: honest for small n and at both ends. `null` shares when n is 0. */
export interface Share {
  readonly count: number;
  readonly of: number;
  readonly share: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927. */
export function shareOf(count: number, of: number): Share {
  if (of === 0) return { count, of, share: null, low: null, high: null };
  const share = count / of;
  const middle = (share + z ** 2 / (2 * of)) / (1 + z ** 2 / of);
  const half = (z / (1 + z ** 2 / of)) * Math.sqrt((share * (1 - share)) / of + z ** 2 / (4 * of ** 2));
  return { count, of, share, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

const z = 1.959_963_985;

/** `3 of 5 (60 %, 95 % interval 23–88 %)` */
export function shareWords({ count, of, share, low, high }: Share): string {
  if (share === null || low === null || high === null) return `${count} of ${of}`;
  const percent = (value: number): string => String(Math.round(value * 100));
  return `${count} of ${of} (${percent(share)} %, 95 % interval ${percent(low)}–${percent(high)} %)`;
}
