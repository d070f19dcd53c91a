import type { HtmlEscapedString } from "hono/utils/html";
import type { LocalGitHubPages } from "../local-github-pages.ts";
import type { Repository } from "../state/model.ts";
import type { References } from "./markdown/references.ts";

/** What every page may read: the live state, the repositories' objects, the server's own URL and the clock. */
export type PageContext = Parameters<LocalGitHubPages>[1];

/** What a page inside a repository may read besides. */
export type RepositoryContext = PageContext & { repository: Repository; references: References };

/** Escaped already; anything else is escaped when it is put into a template. */
export type Html = HtmlEscapedString | Promise<HtmlEscapedString>;

export type Page = {
  title: string;
  content: Html;
  /** Shows the repository's name and its tabs above the content. */
  repository?: Repository;
  tab?: "code" | "issues" | "pulls";
  /** Diffs and files use the whole width of the window. */
  wide?: boolean;
  status?: 404;
};
