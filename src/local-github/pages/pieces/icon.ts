import { html, raw } from "hono/html";
import type { Html } from "../page-context.ts";

/** Line drawings on a field of 16 by 16. */
const drawings = {
  issueOpen:
    '<circle cx="8" cy="8" r="6.25"/><circle cx="8" cy="8" r="1.75" fill="currentColor" stroke="none"/>',
  issueClosed: '<circle cx="8" cy="8" r="6.25"/><path d="m5.2 8.2 1.9 1.9 3.7-4"/>',
  issueDropped: '<circle cx="8" cy="8" r="6.25"/><path d="m3.8 12.2 8.4-8.4"/>',
  pullOpen:
    '<circle cx="4" cy="3.75" r="1.75"/><circle cx="4" cy="12.25" r="1.75"/><circle cx="12" cy="12.25" r="1.75"/><path d="M4 5.5v5M12 10.5V6.25A2.25 2.25 0 0 0 9.75 4H8m1.75-1.9L7.9 4l1.85 1.9"/>',
  pullDraft:
    '<circle cx="4" cy="3.75" r="1.75"/><circle cx="4" cy="12.25" r="1.75"/><circle cx="12" cy="12.25" r="1.75"/><path d="M4 5.5v5M12 3.2v.9m0 2.6v.9"/>',
  pullClosed:
    '<circle cx="4" cy="3.75" r="1.75"/><circle cx="4" cy="12.25" r="1.75"/><circle cx="12" cy="12.25" r="1.75"/><path d="M4 5.5v5m8 0V8m-1.6-5.6 3.2 3.2m0-3.2-3.2 3.2"/>',
  merged:
    '<circle cx="4.25" cy="3.75" r="1.75"/><circle cx="4.25" cy="12.25" r="1.75"/><circle cx="11.75" cy="8.5" r="1.75"/><path d="M4.25 5.5v5m0-5c.4 2 2.2 3 5.75 3"/>',
  commit: '<circle cx="8" cy="8" r="2.75"/><path d="M1 8h4.25m5.5 0H15"/>',
  comment:
    '<path d="M2 3.5A1.5 1.5 0 0 1 3.500 2h9A1.500 1.500 0 0 1 14 3.500v6a1.500 1.500 0 0 1-1.500 1.500H8l-3 2.750V11H3.500A1.500 1.500 0 0 1 2 9.500z"/>',
  label:
    '<path d="M2 3v4.600l6.400 6.400L14 8.400 7.600 2H3a1 1 0 0 0-1 1z"/><circle cx="5" cy="5" r=".9" fill="currentColor" stroke="none"/>',
  person:
    '<circle cx="8" cy="5" r="2.750"/><path d="M2.750 14c.4-3 2.400-4.500 5.250-4.500s4.850 1.500 5.250 4.500"/>',
  eye: '<path d="M1.250 8S3.700 3.500 8 3.500 14.750 8 14.750 8 12.300 12.500 8 12.500 1.250 8 1.250 8z"/><circle cx="8" cy="8" r="2"/>',
  pencil: '<path d="m2.500 13.500.7-3.200 7.800-7.800 2.500 2.500-7.800 7.800z"/>',
  check: '<path d="m3 8.500 3.200 3.200L13 4.800"/>',
  cross: '<path d="m4 4 8 8m0-8-8 8"/>',
  dot: '<circle cx="8" cy="8" r="3.500" fill="currentColor" stroke="none"/>',
  dash: '<path d="M4 8h8"/>',
  push: '<path d="M8 13.500V3m-4 4 4-4 4 4"/>',
  fold: '<path d="M2 8h1.500m2.500 0h1.500M10 8h1.500m2 0H15M8 1.500V5M6.200 3.500 8 5.200l1.800-1.700M8 14.500V11m-1.800 1.500L8 10.800l1.800 1.700"/>',
  folder: '<path d="M1.750 12.500v-9h4.500l1.500 2h6.500v7z"/>',
  file: '<path d="M3.500 1.750h6l3 3v9.500h-9zM9.250 2v3h3"/>',
  branch:
    '<circle cx="4.500" cy="3.500" r="1.750"/><circle cx="4.500" cy="12.500" r="1.750"/><circle cx="11.500" cy="5.500" r="1.750"/><path d="M4.500 5.250v5.500m0-1.500c0-2.500 7-.5 7-2"/>',
  lock: '<path d="M3.500 7h9v6.500h-9zM5.500 7V5a2.500 2.500 0 0 1 5 0v2"/>',
  link: '<path d="M6.500 9.500a2.600 2.600 0 0 0 3.700 0l2.500-2.500a2.600 2.600 0 0 0-3.700-3.700l-.8.8m1.300 2.400a2.600 2.600 0 0 0-3.700 0L3.300 9a2.600 2.600 0 0 0 3.700 3.700l.8-.8"/>',
  repository:
    '<path d="M3.500 13V3.250c0-.7.500-1.250 1.250-1.250h8v9.500h-8c-.7 0-1.250.6-1.250 1.250S4 14 4.750 14h8v-2.500"/>',
} as const;

export type IconName = keyof typeof drawings;

export function icon(name: IconName): Html {
  return html`<svg
    class="icon"
    viewBox="0 0 16 16"
    width="16"
    height="16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${raw(drawings[name])}
  </svg>`;
}
