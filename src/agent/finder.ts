/** Where a string is found at or after a place; -1 when nowhere. */
export type Finder = (needle: string, from: number) => number;

/** It remembers what it found last: to ask from left to right costs no more than one walk through the text. */
export function finder(text: string): Finder {
  const last = new Map<string, { from: number; found: number }>();
  return (needle, from) => {
    const known = last.get(needle);
    if (known && from >= known.from && (known.found === -1 || from <= known.found)) return known.found;
    const found = text.indexOf(needle, from);
    last.set(needle, { from, found });
    return found;
  };
}
