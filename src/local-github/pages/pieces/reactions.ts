import { html } from "hono/html";
import type { Reaction, ReactionContent } from "../../state/model.ts";
import type { Html } from "../page-context.ts";
import { shownLogin } from "./person.ts";
import { listed } from "./words.ts";

const faces: Record<ReactionContent, string> = {
  "+1": "👍",
  "-1": "👎",
  laugh: "😄",
  hooray: "🎉",
  confused: "😕",
  heart: "❤️",
  rocket: "🚀",
  eyes: "👀",
};

export function reactionBar(reactions: readonly Reaction[]): Html | string {
  if (reactions.length === 0) return "";
  const kinds = [...Map.groupBy(reactions, (reaction) => reaction.content)];
  return html`<ul class="reactions">
    ${kinds.map(([content, group]) => {
      const who = listed(group.map(({ user }) => shownLogin(user)));
      return html`<li title="${who} reacted with ${content}">
        <span class="face">${faces[content]}</span> ${group.length}
      </li>`;
    })}
  </ul>`;
}
