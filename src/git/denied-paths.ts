/** What decides who may merge and what runs with secrets: never an agent's to change, unless a caller permits it. */
export const defaultDeniedPaths: readonly string[] = [
  ".github/**",
  "CODEOWNERS",
  "docs/CODEOWNERS",
  ".gitlab-ci.yml",
  ".gitlab/**",
];

/** What no setting takes out of what is denied, and why. */
export const neverPermitted: readonly { readonly rule: string; readonly why: string }[] = [
  {
    rule: ".github/workflows/**",
    why: "the App has no `workflows` permission, so GitHub would refuse the push",
  },
  { rule: ".github/handback.yml", why: "settings are for people to write" },
  { rule: ".github/handback.yaml", why: "settings are for people to write" },
];

/**
 * Says which rule a path falls under; null for none. Rules as in .gitignore, without `!`: one without a slash holds in
 * every folder, one that names a folder holds for all in it; dot files are not special. Names are compared as the most forgiving
 * file system would: in any case, in any of Unicode's spellings, and without characters that cannot be seen.
 */
export function pathMatcher(rules: readonly string[]): (path: string) => string | null {
  const compiled = rules.map((rule) => ({ rule, pattern: patternOf(folded(rule)) }));
  return (path) => {
    const name = folded(path);
    return compiled.find(({ pattern }) => pattern.test(name))?.rule ?? null;
  };
}

function folded(name: string): string {
  return name
    .normalize("NFKC")
    .replaceAll(/[\p{Cf}\p{Cc}]/gu, "")
    .toLowerCase();
}

function patternOf(rule: string): RegExp {
  const anchored = rule.replace(/\/+$/, "").includes("/");
  const body = rule
    .replace(/^\/+/, "")
    .replace(/\/+$/, "")
    .split("/")
    .map((segment, index, all) => {
      const last = index === all.length - 1;
      if (segment === "**") return last ? "[^]*" : "(?:[^/]*/)*";
      return segmentPattern(segment) + (last ? "" : "/");
    })
    .join("");
  return new RegExp(`^${anchored ? "" : "(?:[^]*/)?"}${body}(?:/[^]*)?$`, "iu");
}

function segmentPattern(segment: string): string {
  return segment
    .split(/(\*+|\?)/)
    .map((part) =>
      part.startsWith("*") ? "[^/]*" : part === "?" ? "[^/]" : part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"),
    )
    .join("");
}
