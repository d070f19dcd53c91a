import { html } from "hono/html";
import type { User } from "../../state/model.ts";
import { links } from "../links.ts";
import type { Html } from "../page-context.ts";

const hues = 12;

/** A circle with initials, in a colour that stays the person's; a bot's is square. */
export function avatar(user: User, size: "small" | "large" = "small"): Html {
  const shape = user.type === "Bot" ? " avatar-bot" : "";
  return html`<span class="avatar avatar-${size}${shape} hue-${hueOf(user.login)}" aria-hidden="true"
    >${initials(user)}</span
  >`;
}

export function personName(user: User): Html {
  const badge = user.type === "Bot" ? html` <span class="badge">bot</span>` : "";
  return html`<a class="person" href="${links.user(user)}">${shownLogin(user)}</a>${badge}`;
}

export function shownLogin(user: User): string {
  return user.type === "Bot" ? user.login.replace(/\[bot\]$/, "") : user.login;
}

function initials(user: User): string {
  const words = shownLogin(user)
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
  const letters =
    words.length > 1 ? words.slice(0, 2).map((word) => [...word][0]) : [...(words[0] ?? "?")].slice(0, 2);
  return letters.join("").toUpperCase();
}

function hueOf(login: string): number {
  let sum = 7;
  for (const character of login.toLowerCase()) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9_973;
  return sum % hues;
}
