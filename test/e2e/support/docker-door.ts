import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";

/** A way to the engine that a test can shut, since the engine itself is everybody's. */
export class DockerDoor {
  readonly socketPath: string;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;

  private constructor(socketPath: string) {
    this.socketPath = socketPath;
  }

  static async open(socketPath: string): Promise<DockerDoor> {
    const door = new DockerDoor(socketPath);
    await door.reopen();
    return door;
  }

  /** As when the engine dies: every stream ends, and nobody listens any more. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise<void>((resolve) =>
      server === null ? resolve() : server.close(() => resolve()),
    );
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await rm(this.socketPath, { force: true });
  }

  async reopen(): Promise<void> {
    const server = createServer((near) => {
      const far = connect("/var/run/docker.sock");
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(socket);
        socket.pipe(other);
        socket.on("error", () => other.destroy());
        socket.on("close", () => this.#sockets.delete(socket));
      }
    });
    await new Promise<void>((resolve) => server.listen(this.socketPath, resolve));
    this.#server = server;
  }
}
