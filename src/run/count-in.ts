/** The number before a word of a runner's summary: 3 in `1 failed, 3 passed`; 0 where it is not there. */
export function countIn(line: string, word: string): number {
  return Number(new RegExp(String.raw`\b(\d{1,9}) ${word}\b`).exec(line)?.[1] ?? 0);
}
