/** What decides who may merge and what runs with secrets: never an agent's to change, unless a caller permits it. */
export const defaultDeniedPaths: readonly string[] = [
  ".github/**",
  "CODEOWNERS",
  "docs/CODEOWNERS",
  ".gitlab-ci.yml",
  ".gitlab/**",
];

/**
 * Says which rule a path falls under; null for none. Rules as in .gitignore, without `!`: one without a slash holds in
 * every folder, one that names a folder holds for all in it; letters' case is ignored, and dot files are not special.
 */
export function pathMatcher(rules: readonly string[]): (path: string) => string | null {
  const compiled = rules.map((rule) => ({ rule, pattern: patternOf(rule) }));
  return (path) => compiled.find(({ pattern }) => pattern.test(path))?.rule ?? null;
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
