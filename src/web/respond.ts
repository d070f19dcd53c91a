import { STATUS_CODES, type ServerResponse } from "node:http";
import { contentSecurityPolicy } from "./html.ts";

/** One plain sentence. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { ...alwaysSent, "content-type": "text/plain; charset=utf-8" });
  response.end(`${text}\n`);
}

/** The whole sentence, with the answer left open: Node closes the connection at its end, whatever is still coming in. */
export function sendTextBeforeEnd(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`);
  const headers = { "content-type": "text/plain; charset=utf-8", "content-length": body.length };
  response.writeHead(status, { ...alwaysSent, ...headers });
  response.write(body);
}

/** For a connection on which nothing readable came: there is no response object for it. */
export function bareResponse(status: number, text: string): string {
  const body = `${text}\n`;
  const headers = {
    ...alwaysSent,
    "content-type": "text/plain; charset=utf-8",
    "content-length": String(Buffer.byteLength(body)),
    connection: "close",
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`, ...lines, "", body].join("\r\n");
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { ...alwaysSent, "content-type": "application/json; charset=utf-8" });
  response.end(`${JSON.stringify(value)}\n`);
}

/** `formTarget`: the one foreign origin that a form on this page may be sent to. */
export function sendHtml(response: ServerResponse, status: number, html: string, formTarget?: string): void {
  response.writeHead(status, {
    ...alwaysSent,
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": contentSecurityPolicy(formTarget),
  });
  response.end(html);
}

const alwaysSent = {
  "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "x-frame-options": "DENY",
  "cache-control": "no-store",
};
