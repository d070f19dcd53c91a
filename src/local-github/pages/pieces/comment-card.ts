import { html } from "hono/html";
import type { Reaction, User } from "../../state/model.ts";
import { renderMarkdown } from "../markdown/render-markdown.ts";
import type { Html, RepositoryContext } from "../page-context.ts";
import { avatar, personName } from "./person.ts";
import { reactionBar } from "./reactions.ts";
import { timeAgo } from "./time-ago.ts";

/** What an issue, a comment, a review and a comment in a review have in common. */
export type Said = {
  author: User;
  body: string | null;
  at: Date;
  /** When the text was changed after it was posted. */
  editedAt?: Date;
  reactions?: readonly Reaction[];
};

/** A comment of the conversation, avatar at its side. */
export function commentCard(
  said: Said,
  context: RepositoryContext,
  options: { anchor?: string; verb: string; first?: boolean },
): Html {
  return html`<article class="comment${options.first ? " comment-first" : ""}" ${idOf(options.anchor)}>
    ${avatar(said.author, "large")}
    <div class="card">
      <header class="card-head">
        ${personName(said.author)}
        <span class="muted">${options.verb} ${when(said, options.anchor, context)}</span>
        <span class="spacer"></span>${association(said.author, context)}
      </header>
      <div class="card-body">${bodyOf(said, context)} ${reactionBar(said.reactions ?? [])}</div>
    </div>
  </article>`;
}

/** A comment inside a thread. */
export function smallComment(
  said: Said,
  context: RepositoryContext,
  options: { anchor: string; replaced: readonly string[] },
): Html {
  return html`<article class="small-comment" ${idOf(options.anchor)}>
    ${avatar(said.author)}
    <div>
      <header>
        ${personName(said.author)} <span class="muted">${when(said, options.anchor, context)}</span>
      </header>
      ${bodyOf(said, context, options.replaced)} ${reactionBar(said.reactions ?? [])}
    </div>
  </article>`;
}

function idOf(anchor: string | undefined): Html | string {
  return anchor === undefined ? "" : html`id="${anchor}"`;
}

function when(said: Said, anchor: string | undefined, { now }: RepositoryContext): Html {
  const time = timeAgo(said.at, now());
  const edited =
    said.editedAt && said.editedAt > said.at
      ? html` · <span title="${said.editedAt.toISOString()}">edited</span>`
      : "";
  return html`${anchor === undefined ? time : html`<a class="quiet" href="#${anchor}">${time}</a>`}${edited}`;
}

function association(author: User, { state, repository }: RepositoryContext): Html | string {
  const word = state.associationOf(author, repository);
  return word === "NONE" || author.type === "Bot"
    ? ""
    : html`<span class="badge">${word.toLowerCase()}</span>`;
}

export function bodyOf(said: Said, { references }: RepositoryContext, replaced?: readonly string[]): Html {
  if (said.body === null || said.body.trim() === "") return html`<p class="muted">No description.</p>`;
  return html`<div class="markdown">
    ${renderMarkdown(said.body, { references, ...(replaced ? { replaced } : {}) })}
  </div>`;
}
