import MarkdownIt from "markdown-it";

const renderer = new MarkdownIt({ html: true, linkify: true });
// Its guesses are others than GitHub's, which links what begins with www.
renderer.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

/** What GitHub would bring to life of a body: names that are notified, what is closed, what is loaded, links out of the repository. */
export function livingPartsOf(body: string, linkPrefix: string): string[] {
  const html = renderer.render(body);
  const prose = html.replaceAll(/<(code|pre)\b[^>]*>[^]*?<\/\1>/g, "").replaceAll(/<!--[^]*?-->/g, "");
  const text = prose.replaceAll(/<[^>]+>/g, "\u0001").replaceAll("&amp;", "&");
  // A link's own text names nobody.
  const outside = prose.replaceAll(/<a [^>]*>[^]*?<\/a>/g, " ").replaceAll(/<[^>]+>/g, "\u0001");
  const links = [...prose.matchAll(/<a [^>]*href="([^"]*)"/g)].map(([, href = ""]) => href);
  return [
    ...(prose.match(
      /<(?:img|picture|source|video|audio|iframe|script|svg|object|embed|style|form|input)\b/gi,
    ) ?? []),
    ...(outside.match(/(?:^|[^A-Za-z0-9_`/])@[a-z0-9]+/gi) ?? []),
    ...(text.match(
      /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[\s:]*(?:[\w.-]+\/[\w.-]+)?(?:#\d+|gh-\d+|https?:)/gi,
    ) ?? []),
    ...(outside.match(/\bwww\.\w/gi) ?? []),
    ...links.filter((href) => !href.startsWith(linkPrefix)),
  ];
}
