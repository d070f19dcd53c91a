import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { App } from "../app.ts";
import { ConfigurationError } from "../errors.ts";
import type { RunQueue } from "../jobs/job.ts";
import type { Logger } from "../log.ts";
import type { Store } from "../store/store.ts";
import { answerHealth } from "./health.ts";
import { AddressLimit } from "./address-limit.ts";
import { ClientAddress } from "./client-address.ts";
import { bareResponse, sendHtml, sendText } from "./respond.ts";
import { SetupPages } from "./setup-pages.ts";
import type { SetupOptions } from "./setup-pages.ts";
import { statusPage } from "./status-page.ts";
import { WebhookDoor } from "./webhook-door.ts";

export interface WebOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly store: Store;
  readonly queue: RunQueue;
  readonly logger: Logger;
  /** null: no App yet, and `setup` shows the page that creates it. */
  readonly app: { readonly app: App; readonly webhookSecret: string } | null;
  readonly setup: SetupOptions | null;
  /** Reverse proxies besides loopback, as addresses or networks. */
  readonly proxies?: readonly string[];
  /** Milliseconds in which the head of a request must be there. Default 10,000. */
  readonly headersTimeoutMs?: number;
}

/**
 * Webhooks at POST /api/github/webhooks, /health, the list of runs at /, and the page that creates the App. Throws
 * ConfigurationError when the address cannot be listened on.
 */
export async function startWeb(options: WebOptions): Promise<{ url: string; close(): Promise<void> }> {
  const clients = new ClientAddress(options.proxies);
  const limit = new AddressLimit();
  const door =
    options.app === null
      ? null
      : new WebhookDoor({
          ...options.app,
          logger: options.logger,
          limit,
          addressOf: (one) => clients.of(one),
        });
  const setup = options.app === null && options.setup !== null ? new SetupPages(options.setup) : null;

  const headersTimeout = options.headersTimeoutMs ?? 10_000;
  const limits = { headersTimeout, requestTimeout: 60_000, maxHeaderSize: 16_384 };
  const server = createServer({
    ...limits,
    // Node looks for slow ones only so often.
    connectionsCheckingInterval: headersTimeout / 2,
    // Its own refusal would come without our headers.
    requireHostHeader: false,
  });
  server.on("request", (request, response) => {
    route(request, response, { ...options, door, setup }).catch((error: unknown) => {
      options.logger.error({ err: error, path: pathOf(request) }, "request failed");
      if (!response.headersSent) sendText(response, 500, "Something went wrong here; the log says what.");
      else response.destroy();
    });
  });
  server.maxHeadersCount = 100;
  server.on("checkExpectation", (_request, response) => sendText(response, 417, "Send it without Expect."));
  server.on("clientError", refuseUnreadable);

  await listen(server, options);
  const url = urlOf(server.address() as AddressInfo);
  if (setup !== null)
    options.logger.info({ url: setup.linkFor(url) }, "open this page to create the GitHub App");
  return {
    url,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const patience = setTimeout(() => server.closeAllConnections(), 5000);
      await closed;
      clearTimeout(patience);
    },
  };
}

/** What is no HTTP, comes too slowly or has too long a head: an answer in fixed words, with the headers of all others. */
function refuseUnreadable(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status =
    error.code === "HPE_HEADER_OVERFLOW" ? 431 : error.code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400;
  socket.end(bareResponse(status, "This request cannot be read."));
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  {
    door,
    setup,
    store,
    queue,
    logger,
  }: Omit<WebOptions, "setup"> & { door: WebhookDoor | null; setup: SetupPages | null },
): Promise<void> {
  const path = pathOf(request);
  if (request.headers.host === undefined) return sendText(response, 400, "The Host header is missing.");
  if (path === "/api/github/webhooks") {
    if (door === null) return sendText(response, 503, "No GitHub App is set up here yet.");
    return door.answer(request, response);
  }
  if (setup !== null && (path === "/" || path.startsWith("/setup")))
    return setup.answer(request, response, path);
  if (request.method !== "GET" && request.method !== "HEAD")
    return sendText(response, 405, "Only GET works here.");
  if (path === "/health") return answerHealth(response, { store, queue, logger });
  if (path === "/") return sendHtml(response, 200, await statusPage(request, { store, queue }));
  return sendText(response, 404, "There is nothing here.");
}

/** What a browser on this machine can open: "every address" is none of them. */
function urlOf({ address, port, family }: AddressInfo): string {
  if (["0.0.0.0", "::"].includes(address)) return `http://127.0.0.1:${port}`;
  return `http://${family === "IPv6" ? `[${address}]` : address}:${port}`;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? "/").split(/[?#]/)[0]!;
}

async function listen(server: ReturnType<typeof createServer>, { host, port }: WebOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === "EADDRINUSE";
      reject(
        new ConfigurationError(
          "web.cannot_listen",
          isTaken ? `Port ${port} is in use.` : `Cannot listen on ${host}:${port} (${cause.code}).`,
          { mend: isTaken ? "Stop the other program, or set PORT." : "Set HOST and PORT.", cause },
        ),
      );
    });
    server.listen(port, host, resolve);
  });
}
