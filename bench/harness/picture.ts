import { oursOnHost } from "./contestants.ts";
import type { Measured } from "./measured.ts";
import { count } from "../table.ts";

/** Billed tokens as bars, one field for each trajectory, each with its own scale. Plain SVG. */
export function drawPicture(measured: readonly Measured[]): string {
  const shown = measured.filter(({ harness }) => harness !== oursOnHost);
  const names = [...new Set(shown.map(({ trajectory }) => trajectory))];
  const fields = names.map((name) => shown.filter(({ trajectory }) => trajectory === name));
  const fieldHeight = Math.max(...fields.map((field) => field.length)) * rowHeight + 40;
  const rows = Math.ceil(fields.length / 2);
  const height = 40 + rows * fieldHeight;
  const drawn = fields.map((field, n) =>
    drawField(field, { x: 16 + (n % 2) * fieldWidth, y: 40 + Math.floor(n / 2) * fieldHeight }),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text({
      x: 16,
      y: 22,
      words: "Billed tokens (uncached + 1.25 written + 0.1 read), less is better",
      bold: true,
    }),
    ...drawn,
    "</svg>",
    "",
  ].join("\n");
}

const width = 960;
const fieldWidth = 472;
const rowHeight = 22;
const nameWidth = 140;
const barWidth = 230;

function drawField(field: readonly Measured[], { x, y }: { x: number; y: number }): string {
  const most = Math.max(...field.map(({ billed }) => billed));
  const bars = field.flatMap((run, n) => {
    const top = y + 16 + n * rowHeight;
    const length = Math.max(1, (run.billed / most) * barWidth);
    const note = run.problems.length > 0 ? " (not finished)" : "";
    return [
      text({ x, y: top + 13, words: run.harness, bold: !run.isPeer }),
      `<rect x="${x + nameWidth}" y="${top}" width="${length.toFixed(1)}" height="16" fill="${run.isPeer ? "#9aa5b1" : "#1f6feb"}"/>`,
      text({ x: x + nameWidth + length + 6, y: top + 13, words: `${count(run.billed)}${note}` }),
    ];
  });
  return [text({ x, y: y + 6, words: field[0]?.trajectory ?? "", bold: true }), ...bars].join("\n");
}

function text({
  x,
  y,
  words,
  bold = false,
}: {
  x: number;
  y: number;
  words: string;
  bold?: boolean;
}): string {
  const clean = words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text x="${x.toFixed(1)}" y="${y}" fill="#1f2328"${bold ? ' font-weight="bold"' : ""}>${clean}</text>`;
}
