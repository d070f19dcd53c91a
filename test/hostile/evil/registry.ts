import { once } from "node:events";
import { lookup } from "node:dns/promises";
import { createServer } from "node:http";
import { hostname } from "node:os";
import type { Attack } from "./attack.ts";

/** A package registry under a name that sandboxes may reach. */
export interface Registry extends AsyncDisposable {
  readonly name: string;
  /** Requests that no registry may get from a sandbox, since this was asked last. */
  abuses(): string[];
  /** Each is told everything of a request that its log could hold. */
  readonly listeners: Set<(request: string) => void>;
}

/** Why there is none. */
export interface NoRegistry extends AsyncDisposable {
  readonly missing: string;
}

export function noRegistry(missing: string): NoRegistry {
  return { missing, [Symbol.asyncDispose]: async () => {} };
}

export function needsRegistry({ does }: Attack): boolean {
  return JSON.stringify(does).includes("<<registry>>");
}

/** On this machine under its own name, on the port of plain HTTP: sandboxes reach no other one. */
export async function startRegistry(port = 80): Promise<Registry | NoRegistry> {
  const name = hostname();
  const address = await lookup(name, 4).then(
    (found) => found.address,
    () => "nowhere",
  );
  if (!address.startsWith("127."))
    return noRegistry(
      `this machine's name ${name} leads to ${address} and not to itself; put it into /etc/hosts`,
    );
  const abuses: string[] = [];
  const listeners = new Set<(request: string) => void>();
  const server = createServer((request, response) => {
    const { method = "", url = "", headers } = request;
    const carried = ["authorization", "cookie", "x-carry"].filter((header) => headers[header] !== undefined);
    if (method !== "GET" && method !== "HEAD") abuses.push(`${method} at an allowed registry`);
    if (carried.length > 0) abuses.push(`${carried.join(", ")} sent to an allowed registry`);
    for (const hears of listeners) hears([method, url, ...request.rawHeaders].join("\n"));
    response.end("a package\n");
  });
  server.listen(port, address);
  try {
    await once(server, "listening");
  } catch (error) {
    return noRegistry(
      `port ${port} cannot be had (${error instanceof Error ? error.message : String(error)}); run as root, and end what listens there`,
    );
  }
  return {
    name,
    abuses: () => abuses.splice(0),
    listeners,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
