import type { DiffSide } from "../state/model.ts";

/** One line of a patch: where it is on either side, and how far down the patch (GitHub's `position`). */
export type DiffLine = {
  position: number;
  left: number | undefined;
  right: number | undefined;
  text: string;
  hunk: number;
};

/** The lines of a patch that can carry a comment. `position` counts from the line below the first `@@`. */
export function diffLines(patch: string): DiffLine[] {
  const lines: DiffLine[] = [];
  let left = 0;
  let right = 0;
  let hunk = -1;
  patch.split("\n").forEach((text, position) => {
    const header = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(text);
    if (header) {
      left = Number(header[1]);
      right = Number(header[2]);
      hunk += 1;
    } else if (text.startsWith("+")) {
      lines.push({ position, left: undefined, right: right++, text, hunk });
    } else if (text.startsWith("-")) {
      lines.push({ position, left: left++, right: undefined, text, hunk });
    } else if (text.startsWith(" ")) {
      lines.push({ position, left: left++, right: right++, text, hunk });
    }
  });
  return lines;
}

/** The line of the patch that `line` on `side` means; undefined when it is not part of the diff. */
export function findDiffLine(patch: string, line: number, side: DiffSide): DiffLine | undefined {
  return diffLines(patch).find((one) => (side === "LEFT" ? one.left : one.right) === line);
}

/** The patch from the hunk's header to the line at `position`, as GitHub quotes it above a comment. */
export function diffHunkTo(patch: string, position: number): string {
  const lines = patch.split("\n").slice(0, position + 1);
  const start = lines.findLastIndex((line) => line.startsWith("@@ "));
  return lines.slice(Math.max(start, 0)).join("\n");
}
