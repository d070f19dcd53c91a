import { STATUS_CODES, type ServerResponse } from "node:http";
import { failureWords, refusalWords } from "../run/network.ts";
import type { Failing } from "./egress-failure.ts";
import type { OpenRequest } from "./egress-log.ts";
import { hasBody } from "./egress-request.ts";
import type { Refusal } from "./egress-rules.ts";

/** Answers a request that goes no further, and writes down why. */
export function refuse(response: ServerResponse, why: Refusal | Failing, entry: OpenRequest): void {
  entry.refusedBy = "rule" in why ? why.rule : null;
  entry.failed = "failure" in why ? why.failure : null;
  entry.status = why.status;
  // With a body under way, closing would cut the client off before it reads why: it is let run off instead.
  const closing = hasBody(response.req.headers) ? {} : { connection: "close" };
  response.writeHead(why.status, reasonOf(why), { "content-type": "text/plain", ...closing });
  response.end(`${why.text}\n`);
}

/** The same for CONNECT, to which Node has no response of its own. */
export function refusalOfConnect(why: Refusal): string {
  return `HTTP/1.1 ${why.status} ${reasonOf(why)}\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\n${why.text}\n`;
}

/** Many clients show no more of an answer than this. */
function reasonOf(why: Refusal | Failing): string {
  const words = "rule" in why ? refusalWords[why.rule] : failureWords[why.failure];
  return `${STATUS_CODES[why.status]} (Handback: ${words})`;
}
