import { createHash } from "node:crypto";

/** Text that cannot leave its place in HTML, be it between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A whole page around trusted HTML. `title` is text. */
export function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<body><main>${body}</main></body>
</html>
`;
}

export function contentSecurityPolicy(formTarget?: string): string {
  const forms = ["'self'", ...(formTarget === undefined ? [] : [formTarget])].join(" ");
  const hash = createHash("sha256").update(style).digest("base64");
  return `default-src 'none'; style-src 'sha256-${hash}'; form-action ${forms}; base-uri 'none'; frame-ancestors 'none'`;
}

const style = `
:root { color-scheme: light dark; --line: #8884; --dim: #777; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { max-width: 62rem; margin: 3rem auto; padding: 0 1.25rem; }
h1 { font-size: 1.5rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .45rem .75rem .45rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th, .dim { color: var(--dim); font-weight: normal; }
code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }
label { display: block; margin: 1rem 0 .25rem; }
input[type=text], input[type=url] { font: inherit; width: 100%; max-width: 34rem; padding: .4rem .5rem; }
button { font: inherit; margin-top: 1.25rem; padding: .5rem 1.1rem; cursor: pointer; }
`;
