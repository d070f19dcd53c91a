import MarkdownIt from "markdown-it";

/** A piece of Markdown: `code` is shown as it is, `prose` is where mentions, links and HTML come alive. */
export interface Segment {
  readonly kind: "prose" | "code";
  readonly text: string;
}

const blocks = new MarkdownIt({ html: false, linkify: false });

/**
 * Cuts Markdown into prose and code so that joining the texts gives it back, but for backticks without a partner on their line,
 * which come out escaped. A fence that is still open at the end is closed.
 */
export function segmentsOf(markdown: string): Segment[] {
  const text = markdown.replace(/\r\n?/g, "\n");
  const lines = text.split("\n");
  const segments: Segment[] = [];
  let prose: string[] = [];
  const endProse = () => {
    if (prose.length > 0) segments.push(...spansOf(prose.join("\n") + "\n"));
    prose = [];
  };

  let next = 0;
  for (const { from, to, isFence } of codeBlocks(text)) {
    prose.push(...lines.slice(next, from));
    endProse();
    const block = lines.slice(from, to);
    // The language names what GitHub draws instead of showing; plain text shows it.
    if (isFence)
      block[0] = block[0]!.replace(/(?<=[`~])\s*(?:mermaid|geojson|topojson|stl|math)\b.*$/i, "text");
    segments.push({ kind: "code", text: block.join("\n") + "\n" });
    const fence = isFence ? openFence(block) : null;
    if (fence !== null) segments.push({ kind: "code", text: `${fence}\n` });
    next = to;
  }
  prose.push(...lines.slice(next));
  endProse();
  return withoutLastNewline(segments);
}

function codeBlocks(text: string): { from: number; to: number; isFence: boolean }[] {
  return blocks
    .parse(text, {})
    .filter((token) => (token.type === "fence" || token.type === "code_block") && token.map !== null)
    .map((token) => ({ from: token.map![0], to: token.map![1], isFence: token.type === "fence" }));
}

/** The fence to add when the block's last line does not close it; null when it does. */
function openFence(block: readonly string[]): string | null {
  const opening = /(`{3,}|~{3,})/.exec(block[0]!)?.[1] ?? "```";
  const last = (block.length > 1 ? block.at(-1)! : "").replace(/^[\s>]*/, "").trimEnd();
  const closes = last.length >= opening.length && [...last].every((character) => character === opening[0]);
  if (closes) return null;
  // Below a list's marker stands white space.
  const before = block[0]!.slice(0, block[0]!.indexOf(opening));
  return before.replace(/>(?=[^\s>])/g, "> ").replace(/[^\s>]/g, " ") + opening;
}

/**
 * Code spans in prose, within one line each: CommonMark lets them cross lines, but then a missing partner would swallow what
 * follows. Backticks without a partner come out escaped.
 */
export function spansOf(prose: string): Segment[] {
  const segments: Segment[] = [];
  for (const line of prose.split(/(?<=\n)/)) {
    let rest = line;
    for (;;) {
      const opening = /(?<!\\)(?:\\\\)*(`+)/.exec(rest);
      if (opening === null) break;
      const run = opening[1]!;
      const start = opening.index + opening[0].length - run.length;
      const end = closingRun(rest, start + run.length, run.length);
      if (end === null) {
        segments.push({ kind: "prose", text: rest.slice(0, start) + "\\`".repeat(run.length) });
        rest = rest.slice(start + run.length);
      } else {
        segments.push({ kind: "prose", text: rest.slice(0, start) });
        segments.push({ kind: "code", text: rest.slice(start, end) });
        rest = rest.slice(end);
      }
    }
    segments.push({ kind: "prose", text: rest });
  }
  return merged(segments);
}

function closingRun(text: string, from: number, length: number): number | null {
  const runs = /`+/g;
  runs.lastIndex = from;
  for (let match = runs.exec(text); match !== null; match = runs.exec(text)) {
    if (match[0].length === length) return match.index + length;
  }
  return null;
}

function merged(segments: readonly Segment[]): Segment[] {
  const result: Segment[] = [];
  for (const segment of segments) {
    const last = result.at(-1);
    if (segment.text === "") continue;
    if (last !== undefined && last.kind === "prose" && segment.kind === "prose") {
      result[result.length - 1] = { kind: "prose", text: last.text + segment.text };
    } else result.push(segment);
  }
  return result;
}

/** The pieces as one text; a blank keeps two code spans apart that were not neighbours before. */
export function joined(pieces: readonly string[]): string {
  return pieces.reduce((text, piece) => {
    const touches = piece.startsWith("`") && /(?:^|[^\\`])(?:\\\\)*`+$/.test(text);
    return touches ? `${text} ${piece}` : text + piece;
  }, "");
}

function withoutLastNewline(segments: Segment[]): Segment[] {
  const last = segments.at(-1);
  if (last === undefined) return segments;
  return [...segments.slice(0, -1), { ...last, text: last.text.replace(/\n$/, "") }];
}
