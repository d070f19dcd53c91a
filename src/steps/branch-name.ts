const maxSlug = 40;

/** `agent/12-round-the-discount-once`; the slug is of [a-z0-9-] only, so it is safe in any ref, path or command. */
export function branchName(issueNumber: number, title: string): string {
  return `agent/${issueNumber}-${slugOf(title)}`;
}

/** `round-the-discount-once`; `change` when nothing of the title is left. */
export function slugOf(title: string): string {
  const slug = title
    .normalize("NFKD")
    .toLowerCase()
    .replaceAll(/[\u0300-\u036f'’]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "");
  const short =
    slug.length <= maxSlug
      ? slug
      : slug
          .slice(0, maxSlug + 1)
          .replace(/-[^-]*$/, "")
          .slice(0, maxSlug);
  return short.replace(/-$/, "") || "change";
}
