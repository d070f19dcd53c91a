export type Tag = { name: string; closing: boolean; attributes: Map<string, string> };

/**
 * Every tag of a page made by escaping templates: there a `<` is a tag or a fault. Throws where markup is not of
 * that plain kind, so nothing hides from the test that reads it.
 */
export function tagsOf(page: string): Tag[] {
  return [...page.replace(/^<!doctype html>/i, "").matchAll(/<([^>]*)>?/g)].map(([whole, inner = ""]) => {
    const shape = /^(\/?)([a-z][a-z0-9]*)((?:\s+[a-z][a-z-]*(?:="[^"<]*")?)*)\s*\/?$/i.exec(inner);
    if (!shape || !whole.endsWith(">")) throw new Error(`not a plain tag: ${whole.slice(0, 200)}`);
    const attributes = [...(shape[3] ?? "").matchAll(/\s+([a-z-]+)(?:="([^"]*)")?/gi)];
    return {
      name: (shape[2] ?? "").toLowerCase(),
      closing: shape[1] === "/",
      attributes: new Map(attributes.map(([, name = "", value = ""]) => [name.toLowerCase(), value])),
    };
  });
}

const without = new Set(["br", "hr", "img", "input", "link", "meta", "path", "circle", "rect"]);

/** The first tag that closes what is not open, or is never closed; undefined when all is well. */
export function unbalanced(tags: readonly Tag[]): string | undefined {
  const open: string[] = [];
  for (const { name, closing } of tags) {
    if (without.has(name)) continue;
    if (!closing) open.push(name);
    else if (open.pop() !== name) return `</${name}>`;
  }
  return open.at(-1);
}

const allowedAttributes = new Set([
  ..."class id href title rel type checked disabled open lang charset name content datetime tabindex".split(
    " ",
  ),
  ..."colspan data-line data-sign aria-current aria-hidden aria-label".split(" "),
  ..."viewbox width height fill stroke stroke-width stroke-linecap stroke-linejoin d cx cy r".split(" "),
]);

/** What could run, load or send something; empty when the page is harmless. */
export function dangers(tags: readonly Tag[]): string[] {
  return tags.flatMap(({ name, attributes }) => {
    const found =
      /^(script|iframe|object|embed|form|style|base|img|video|audio|button|textarea|template)$/.test(name)
        ? [`<${name}>`]
        : [];
    for (const [attribute, value] of attributes) {
      if (!allowedAttributes.has(attribute)) found.push(`${name} ${attribute}`);
      const address = value.replaceAll("&amp;", "&").trim();
      if (
        attribute === "href" &&
        /^[a-z][a-z0-9+.-]*:/i.test(address) &&
        !/^(https?|mailto):/i.test(address)
      ) {
        found.push(`${name} href ${value}`);
      }
    }
    return found;
  });
}
