import type { Figure } from "./figure.ts";

export const figureColumns = ["figure", "value", "against", "ratio", "target", "holds"] as const;

export function figureRow({ name, value, unit, against, ratio, target, holds }: Figure): string[] {
  const shown = value === null ? "–" : `${count(value, 1)} ${unit}`;
  return [name, shown, against, ratio === null ? "–" : String(ratio), target, holds ? "yes" : "NO"];
}

/** For a terminal. */
export function figureTable(figures: readonly Figure[]): string {
  return aligned([figureColumns, ...figures.map(figureRow)]);
}

export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? "").length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function count(value: number, digits = 0): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: digits });
}
