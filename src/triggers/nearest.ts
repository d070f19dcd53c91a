/** The candidate with the fewest edits from `word`; null when all are too far to be meant (more than a third of the word, at least 2). */
export function nearest<T extends string>(word: string, candidates: readonly T[]): T | null {
  if (word.length > 40) return null;
  const distances = candidates.map((candidate) => ({ candidate, edits: editDistance(word, candidate) }));
  const best = distances.reduce<(typeof distances)[number] | null>(
    (least, next) => (least === null || next.edits < least.edits ? next : least),
    null,
  );
  if (best === null) return null;
  const allowed = Math.max(2, Math.floor(word.length / 3));
  return best.edits <= allowed && best.edits < best.candidate.length ? best.candidate : null;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(previous[j]! + 1, current[j - 1]! + 1, replaced);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, before[j - 2]! + 1);
      current.push(least);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
