import { STATUS_CODES, type IncomingMessage, type ServerResponse } from "node:http";
import { failureWords, refusalWords } from "../run/network.ts";
import type { EgressCaps } from "./egress-caps.ts";
import type { Failing } from "./egress-failure.ts";
import type { OpenRequest } from "./egress-log.ts";
import { hasBody } from "./egress-request.ts";
import type { Refusal } from "./egress-rules.ts";

/** The answers of one sandbox's way out to requests that go no further. */
export class Refusals {
  readonly #caps: EgressCaps;
  readonly #ms: number;

  /** What still comes of a body is read for `ms` at most. */
  constructor(options: { caps: EgressCaps; ms: number }) {
    this.#caps = options.caps;
    this.#ms = options.ms;
  }

  /** Answers, and writes down why. */
  refuse(response: ServerResponse, why: Refusal | Failing, entry: OpenRequest): void {
    entry.refusedBy = "rule" in why ? why.rule : null;
    entry.failed = "failure" in why ? why.failure : null;
    entry.status = why.status;
    // With a body under way, closing would cut the client off before it reads why: it is let run off instead, while that is little.
    const runsOff = hasBody(response.req.headers) && this.#caps.admitRefused(0);
    if (runsOff) this.#letRunOff(response.req);
    const closing = runsOff ? {} : { connection: "close" };
    response.writeHead(why.status, reasonOf(why), { "content-type": "text/plain", ...closing });
    response.end(`${why.text}\n`);
  }

  #letRunOff(request: IncomingMessage): void {
    const { socket } = request;
    const first = socket.bytesRead;
    let last = first;
    // A host that fails in the middle has stopped it.
    request.unpipe().resume();
    request.on("data", () => {
      // Not the chunk's own length: what stands around small chunks is more than they are.
      const [before, bytes] = [last - first, socket.bytesRead - last];
      last += bytes;
      if (!this.#caps.admitRefused(bytes, before)) socket.destroy();
    });
    const timer = setTimeout(() => socket.destroy(), this.#ms);
    request.once("close", () => clearTimeout(timer));
  }
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
