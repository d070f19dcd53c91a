/** One figure against its target; the last line of `--json` is a list of them. */
export interface Figure {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  /** What it is compared with, and its value. */
  readonly against: string;
  /** value / against; null where one of them is missing. */
  readonly ratio: number | null;
  readonly target: string;
  readonly holds: boolean;
}

export function ratioOf(value: number | null, against: number | null): number | null {
  return value === null || against === null || against === 0 ? null : value / against;
}

export function rounded(value: number | null, digits: number): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}
