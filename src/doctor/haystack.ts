/** About so many tokens of dull text, the same every time, with one sentence in it that matters. */
export function haystack(tokens: number, needle: string): string {
  const lines: string[] = [];
  // A token of such text has about four characters; rather a little less than the window than more.
  const wanted = tokens * charactersPerToken;
  let length = 0;
  for (let n = 1; length < wanted; n += 1) {
    const line = `Entry ${n}: the keeper of station ${(n * 7919) % 1000} wrote down wind ${n % 12}, sea ${(n * 5) % 9} and nothing else.`;
    lines.push(line);
    length += line.length + 1;
  }
  lines.splice(Math.floor(lines.length / 3), 0, needle);
  return lines.join("\n");
}

const charactersPerToken = 3;
