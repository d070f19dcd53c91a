import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import Docker from "dockerode";
import { onTestFinished } from "vitest";

export interface StubEngineOptions {
  /** Version and, for a package, what Docker shows as its commit. */
  readonly runc?: string | readonly [version: string, commit: string];
  readonly docker?: string;
  readonly containerd?: string;
  readonly runtimes?: readonly string[];
  readonly securityOptions?: readonly string[];
  /** Runtimes whose containers end at once, with this exit code; all others reach the host's socket. */
  readonly broken?: Readonly<Record<string, number>>;
  /** Notes what is asked for, and makes no container. */
  readonly refuses?: boolean;
}

export interface StubEngine {
  /** For DOCKER_HOST. */
  readonly address: string;
  readonly docker: Docker;
  /** Bodies of the containers that it was asked to make. */
  readonly made: readonly Made[];
}

export interface Made {
  readonly Image: string;
  readonly User: string;
  readonly HostConfig: { readonly Runtime?: string; readonly Mounts: readonly Mount[] };
}
interface Mount {
  readonly Source: string;
  readonly Target: string;
}

/** A server that speaks as much of Docker's API as a start asks for, with versions and runtimes that this machine does not have. */
export async function startStubEngine(options: StubEngineOptions = {}): Promise<StubEngine> {
  const folder = await mkdtemp(path.join(tmpdir(), "hb-engine-"));
  const socketPath = path.join(folder, "docker.sock");
  const made: Made[] = [];
  const sockets: Socket[] = [];
  const server = createServer((request, response) => void answer(request, response));

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const route = `${request.method} ${(request.url ?? "").replace(/^\/v[\d.]+/, "").replace(/\?.*/, "")}`;
    const send = (status: number, value: unknown): void => {
      response.writeHead(status, { "content-type": "application/json" });
      response.end(JSON.stringify(value));
    };
    if (route === "GET /version") return send(200, versionAnswer(options));
    if (route === "GET /info") return send(200, infoAnswer(options));
    if (/^GET \/images\/.*\/json$/.test(route)) return send(200, { Id: "sha256:0", Config: {} });
    if (route === "GET /containers/json") return send(200, []);
    if (route === "POST /containers/create") {
      made.push(JSON.parse(body) as Made);
      if (options.refuses === true) return send(500, { message: "noted" });
      return send(201, { Id: `c${made.length - 1}`, Warnings: [] });
    }
    const found = /^(?:POST|DELETE) \/containers\/c(\d+)(?:\/(start|wait))?$/.exec(route);
    if (found === null) return send(404, { message: `the stub does not know ${route}` });
    const container = made[Number(found[1])]!;
    const exitCode = options.broken?.[container.HostConfig.Runtime ?? ""];
    if (found[2] === "wait") return exitCode === undefined ? undefined : send(200, { StatusCode: exitCode });
    if (found[2] === "start" && exitCode === undefined) reachHost(container);
    response.writeHead(204).end();
  }

  /** As the first process of a sandbox does. */
  function reachHost({ HostConfig }: Made): void {
    const mount = HostConfig.Mounts.find(({ Target }) => Target === "/run/handback");
    const socket = connect(path.join(mount?.Source ?? "", "channel.sock"));
    socket.on("error", () => {});
    sockets.push(socket);
  }

  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true, force: true });
  });
  return { address: `unix://${socketPath}`, docker: new Docker({ socketPath }), made };
}

function versionAnswer({
  runc = "1.3.6",
  docker = "29.6.0",
  containerd = "2.2.5",
}: StubEngineOptions): object {
  const [version, commit] = typeof runc === "string" ? [runc, `v${runc}-0-g4debe46`] : runc;
  return {
    Version: docker,
    ApiVersion: "1.41",
    Components: [
      { Name: "Engine", Version: docker, Details: { GitCommit: "659604f" } },
      {
        Name: "containerd",
        Version: containerd,
        Details: { GitCommit: "7c3aca7a610df76212171d200ca3811ff6096eb8" },
      },
      { Name: "runc", Version: version, Details: { GitCommit: commit } },
      { Name: "docker-init", Version: "0.19.0", Details: { GitCommit: "de40ad0" } },
    ],
  };
}

function infoAnswer({
  runtimes = ["runc"],
  securityOptions = ["name=seccomp,profile=default"],
}: StubEngineOptions): object {
  return {
    Runtimes: Object.fromEntries(runtimes.map((name) => [name, { path: name }])),
    DefaultRuntime: "runc",
    SecurityOptions: securityOptions,
  };
}
