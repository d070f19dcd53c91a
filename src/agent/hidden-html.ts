import { finder, type Finder } from "./finder.ts";
import { endOfUnseen, readTag } from "./html-tags.ts";
import { entityPattern } from "./markdown-parser.ts";
import { Shown } from "./shown.ts";

/** What is seen of a text. One that is broken hides all that follows on its page. */
export interface Reading {
  readonly text: string;
  readonly isBroken: boolean;
}

/** For what Markdown hands on to the browser as it is. */
export function readHtml(text: string): Reading {
  const shown = new Shown();
  const find = finder(text);
  const special = new RegExp(`<[!?/a-z]|${entityPattern.source}`, "gi");
  let from = 0;
  for (let match = special.exec(text); match !== null; match = special.exec(text)) {
    shown.add(text.slice(from, match.index));
    from = special.lastIndex;
    if (match[0].startsWith("&")) {
      shown.addEntity(match[0]);
      continue;
    }
    const isTag = /<\/?[a-z]/iy.test(text.slice(match.index, match.index + 3));
    const tag = isTag ? readTag(text, match.index, find) : null;
    const end = isTag ? tag && endOfUnseen(text, tag) : endOfComment(text, match.index, find);
    if (end == null) return { text: shown.toString(), isBroken: true };
    if (tag) shown.addTag(tag);
    else shown.addUnseen(" ");
    special.lastIndex = from = end;
  }
  shown.add(text.slice(from));
  return { text: shown.toString(), isBroken: false };
}

/** Comments, and what browsers take for some; undefined when it never ends, or not everywhere at one place. */
function endOfComment(text: string, at: number, find: Finder): number | undefined {
  if (!text.startsWith("<!--", at)) {
    const end = find(">", at);
    return end === -1 ? undefined : end + 1;
  }
  const end = find("-->", at + 2);
  const isOdd = end === -1 || end < at + 4 || text.slice(at, end).includes("--!>");
  return isOdd ? undefined : end + 3;
}
