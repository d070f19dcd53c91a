import { html } from "hono/html";
import { visible } from "../diff/code-line.ts";
import { links } from "../links.ts";
import type { Html, Page, RepositoryContext } from "../page-context.ts";
import { icon } from "../pieces/icon.ts";

export type FolderEntry = NonNullable<Awaited<ReturnType<RepositoryContext["git"]["folder"]>>>[number];

const mostEntries = 2_000;

export async function treePage(
  context: RepositoryContext,
  ref: string,
  path: string,
): Promise<Page | undefined> {
  const { repository, git } = context;
  const entries = await git.folder(repository, ref, path);
  if (!entries) return undefined;
  return {
    title: `${path === "" ? ref : path} · ${repository.fullName}`,
    repository,
    tab: "code",
    content: html`${pathTrail(context, ref, path)} ${folderList(entries, { context, ref, path, head: "" })}`,
  };
}

export function folderList(
  entries: readonly FolderEntry[],
  options: { context: RepositoryContext; ref: string; path: string; head: Html | "" },
): Html {
  const { ref, path } = options;
  const { repository } = options.context;
  const sorted = entries.toSorted(
    (one, other) => Number(other.type === "tree") - Number(one.type === "tree"),
  );
  const inFolder = (name: string) => (path === "" ? name : `${path}/${name}`);
  return html`<section class="box">
    ${options.head}
    <ul class="entries">
      ${sorted.slice(0, mostEntries).map(({ name, type, sha }) => {
        if (type === "commit")
          return html`<li>
            ${icon("link")} ${visible(name)} <span class="sha muted">@ ${sha.slice(0, 7)}</span>
          </li>`;
        const href =
          type === "tree"
            ? links.tree(repository, ref, inFolder(name))
            : links.blob(repository, ref, inFolder(name));
        return html`<li>
          ${icon(type === "tree" ? "folder" : "file")} <a href="${href}">${visible(name)}</a>
        </li>`;
      })}
      ${sorted.length > mostEntries ? html`<li class="muted">… and ${sorted.length - mostEntries} more</li>` : ""}
      ${sorted.length === 0 ? html`<li class="muted">This folder is empty.</li>` : ""}
    </ul>
  </section>`;
}

/** `name / folder / file`, each part a link. */
export function pathTrail({ repository }: RepositoryContext, ref: string, path: string): Html {
  const parts = path === "" ? [] : path.split("/");
  return html`<h1 class="trail">
    <span class="badge"
      >${icon("branch")} ${visible(/^[0-9a-f]{40}$/.test(ref) ? ref.slice(0, 7) : ref)}</span
    >
    <a href="${links.tree(repository, ref)}">${repository.name}</a>
    ${parts.map((part, index) =>
      index === parts.length - 1
        ? html`<span class="muted">/</span> <strong>${visible(part)}</strong>`
        : html`<span class="muted">/</span>
            <a href="${links.tree(repository, ref, parts.slice(0, index + 1).join("/"))}"
              >${visible(part)}</a
            > `,
    )}
  </h1>`;
}
