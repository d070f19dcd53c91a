/** GitHub's times have no fraction of a second. */
export function isoTime(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, "Z");
}

export function isoTimeOrNull(date: Date | null | undefined): string | null {
  return date ? isoTime(date) : null;
}
