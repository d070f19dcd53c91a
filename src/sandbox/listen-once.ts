import { chmod } from "node:fs/promises";
import { createServer, type Socket } from "node:net";

export interface OneConnection extends AsyncDisposable {
  /** Settles with the first connection; pending until then, and for ever after disposal. */
  readonly made: Promise<Socket>;
}

/**
 * A unix socket for one connection. Whoever comes first has it: the socket is gone from then on. In a sandbox that is the first
 * process, because nothing else runs there before it has spoken to the host.
 */
export async function listenOnce(socketPath: string): Promise<OneConnection> {
  const { promise, resolve } = Promise.withResolvers<Socket>();
  let isTaken = false;
  const server = createServer((socket) => {
    if (isTaken) return void socket.destroy();
    isTaken = true;
    // Removes the socket's name, too.
    server.close();
    resolve(socket);
  });
  await new Promise<void>((listening, failed) => {
    server.once("error", failed);
    server.listen(socketPath, listening);
  });
  // Whoever could not be accepted for want of descriptors is missed by the start's own time limit.
  server.on("error", () => undefined);
  await chmod(socketPath, 0o666);
  return {
    made: promise,
    [Symbol.asyncDispose]: async () => {
      isTaken = true;
      if (server.listening) server.close();
    },
  };
}
