/** Where two texts differ, as the lines around the first difference: `-` recorded, `+` today. At most `lines` of each. */
export function textDifference(
  recorded: string,
  today: string,
  lines = 4,
): { recorded: string; today: string } {
  const before = recorded.split("\n");
  const after = today.split("\n");
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    before.at(-1 - end) === after.at(-1 - end)
  ) {
    end += 1;
  }
  return {
    recorded: excerpt(before.slice(start, before.length - end), lines),
    today: excerpt(after.slice(start, after.length - end), lines),
  };
}

/** A value as a person reads it, one line for each part. */
export function readable(value: unknown): string {
  if (typeof value === "string") return value;
  return (
    JSON.stringify(
      value,
      (_, held: unknown) => (held instanceof Uint8Array ? `${held.byteLength} bytes` : held),
      2,
    ) ?? "nothing"
  );
}

function excerpt(lines: readonly string[], most: number): string {
  const shown = lines.slice(0, most).map((line) => (line.length > 200 ? `${line.slice(0, 199)}…` : line));
  const rest = lines.length - shown.length;
  return [...shown, ...(rest > 0 ? [`… and ${rest} more line${rest === 1 ? "" : "s"}`] : [])].join("\n");
}
