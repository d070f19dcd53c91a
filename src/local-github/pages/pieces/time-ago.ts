import { html } from "hono/html";
import type { Html } from "../page-context.ts";

const day = 86_400;
const units = [
  { seconds: 60, name: "minute" },
  { seconds: 3_600, name: "hour" },
  { seconds: day, name: "day" },
] as const;

/** `3 minutes ago`; a plain date from 30 days on. The full time is in the title. */
export function timeAgo(date: Date, now: Date): Html {
  return html`<time
    datetime="${date.toISOString()}"
    title="${date
      .toISOString()
      .replace("T", " ")
      .replace(/\.\d+Z/, " UTC")}"
    >${inWords(date, now)}</time
  >`;
}

function inWords(date: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - date.getTime()) / 1000);
  if (seconds >= 30 * day) {
    return `on ${date.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })}`;
  }
  const unit = units.findLast(({ seconds: length }) => seconds >= length);
  if (!unit) return "just now";
  const number = Math.floor(seconds / unit.seconds);
  if (number === 1 && unit.name === "day") return "yesterday";
  return `${number} ${unit.name}${number === 1 ? "" : "s"} ago`;
}
