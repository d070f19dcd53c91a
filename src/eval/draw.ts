/** A new order of the same items, the same for the same seed on every machine. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = numbersFrom(seed);
  const order = [...items];
  for (let n = order.length - 1; n > 0; n -= 1) {
    const other = Math.floor(random() * (n + 1));
    [order[n], order[other]] = [order[other]!, order[n]!];
  }
  return order;
}

/** Numbers from 0 to below 1. Source: G. Marsaglia, "Xorshift RNGs", 2003 (32 bits, 13/17/5). */
function numbersFrom(seed: number): () => number {
  let state = (seed ^ 0x9e37_79b9) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
