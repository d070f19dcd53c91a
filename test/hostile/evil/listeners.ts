import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";

/** What an evil model would like to reach on the host; none of it may ever hear anything. */
export interface Listeners extends AsyncDisposable {
  /** `127.0.0.1:PORT` and the same on the bridge that Docker's containers have to the host. */
  readonly loopback: string;
  readonly bridge: string;
  readonly port: number;
  readonly namePort: number;
  /** Without its NUL: a socket in the abstract namespace of the host. */
  readonly abstract: string;
  /** What they heard since this was asked last. */
  heard(): string[];
}

/** TCP on loopback and bridge, a name server on both, and an abstract socket. */
export async function startListeners(): Promise<Listeners> {
  await using owned = new AsyncDisposableStack();
  const heard: string[] = [];
  const bridge =
    networkInterfaces()["docker0"]?.find(({ family }) => family === "IPv4")?.address ?? "127.0.0.1";
  const onTcp = async (
    at: { host: string; port: number } | string,
    name: string,
  ): Promise<AddressInfo | null> => {
    const server = createServer((socket) => {
      heard.push(`a connection to ${name}`);
      socket.on("error", () => undefined);
      socket.end("HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\nevil");
    });
    server.listen(at);
    await once(server, "listening");
    owned.defer(() => void server.close());
    return typeof at === "string" ? null : (server.address() as AddressInfo);
  };
  const { port } = (await onTcp({ host: "127.0.0.1", port: 0 }, "the host's loopback")) ?? { port: 0 };
  if (bridge !== "127.0.0.1") await onTcp({ host: bridge, port }, "the host on Docker's bridge");
  const abstract = `handback-evil-${process.pid}-${port}`;
  await onTcp(`\0${abstract}`, "an abstract socket of the host");
  const names = createSocket("udp4");
  names.on("message", () => heard.push("a query at the name server"));
  names.bind(0, "0.0.0.0");
  await once(names, "listening");
  owned.defer(() => void names.close());
  const parts = owned.move();
  return {
    loopback: `127.0.0.1:${port}`,
    bridge: `${bridge}:${port}`,
    port,
    namePort: names.address().port,
    abstract,
    heard: () => heard.splice(0),
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}
