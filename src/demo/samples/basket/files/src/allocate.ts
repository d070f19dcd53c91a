import { roundCents, type Cents } from "./money.ts";

/** Shares an amount out over lines in proportion to their prices. One share for each price, in the same order. */
export function allocate(amount: Cents, prices: readonly Cents[]): Cents[] {
  const total = prices.reduce((sum, price) => sum + price, 0);
  if (amount === 0 || total === 0) return prices.map(() => 0);
  return prices.map((price) => roundCents((amount * price) / total));
}
