import MarkdownIt from "markdown-it";

/** The words that a reader of rendered Markdown sees, as another reader than ours has it: neither tags nor comments. */
export function seenOfMarkdown(text: string): string {
  const withoutTags = renderer
    .render(text)
    .replace(markup, (tag) =>
      /^<rp(?![\w-])/i.test(tag) ? "\u0001" : /^<\/rp(?![\w-])/i.test(tag) ? "\u0002" : " ",
    );
  return withoutTags.replace(/\u0001[^\u0002]*(?:\u0002|$)/g, " ");
}

const renderer = new MarkdownIt({ html: true });
renderer.validateLink = () => true;

/** As browsers read HTML: what never ends goes on to the page's end. */
const markup = new RegExp(
  [
    /<!--(?:-?>|[^]*?(?:--!?>|$))/,
    /<[!?][^>]*(?:>|$)/,
    /<\/(?:>|[^a-z>][^>]*(?:>|$))/,
    /<\/?[a-z][^ \t\n\f/>]*(?:[ \t\n\f/]+|[^ \t\n\f/>][^ \t\n\f/>=]*(?:[ \t\n\f]*=[ \t\n\f]*(?:"[^"]*(?:"|$)|'[^']*(?:'|$)|(?=>)|(?!["'])[^ \t\n\f>]+))?)*(?:>|$)/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gi",
);
