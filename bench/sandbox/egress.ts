import { execFile } from "node:child_process";
import { createServer, type Server } from "node:http";
import { promisify } from "node:util";
import { PROXY_PORT } from "../../sandbox/protocol.ts";
import { DockerSandboxes } from "../../src/sandbox/docker-sandboxes.ts";
import { ratioOf, rounded, type Figure } from "../figure.ts";
import type { LongHistory } from "./long-history.ts";
import type { Place } from "./place.ts";

const run = promisify(execFile);

/** A connection of its own and one request over it: from a sandbox through the way out, and on this host without one. */
export async function benchEgress(place: Place, history: LongHistory, rounds: number): Promise<Figure[]> {
  const figure = {
    name: "a connection out of the sandbox",
    unit: "ms",
    target: "told, not judged",
    holds: true,
  } as const;
  const server = await listenOnPort80();
  if (server === null) {
    const against = "not measured: 127.0.0.1:80 is not to be had, and the way out knows no other port";
    return [{ ...figure, value: null, against, ratio: null }];
  }
  try {
    const sandboxes = new DockerSandboxes({
      stateDirectory: place.stateDirectory,
      allowPrivateAddressesFor: ["localhost"],
    });
    const { young: mirror, commit } = history;
    const spec = {
      ...place.spec({ mirror, commit }),
      allow: [{ host: "localhost", methods: ["GET"] as const }],
    };
    await using sandbox = await sandboxes.start(spec);
    const times = rounds * 20;
    const inside = await sandbox.exec(`node -e '${client(times, PROXY_PORT)}'`);
    if (inside.exitCode !== 0) throw new Error(`the client in the sandbox failed: ${inside.preview}`);
    const outside = await run(process.execPath, ["-e", client(times, 80)]);
    const ours = Number(inside.preview);
    const direct = Number(outside.stdout);
    return [
      {
        ...figure,
        value: rounded(ours, 2),
        against: `without a sandbox and a proxy: ${direct.toFixed(2)} ms`,
        ratio: rounded(ratioOf(ours, direct), 1),
      },
    ];
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

async function listenOnPort80(): Promise<Server | null> {
  const server = createServer((_, response) => response.end("well"));
  return await new Promise((resolve) => {
    server.once("error", () => resolve(null));
    server.listen(80, "127.0.0.1", () => resolve(server));
  });
}

/** Asks `times` times, one after the other, and prints the middle of the times in ms. No quote of its own kind may stand in it. */
function client(times: number, port: number): string {
  return `
    const { request } = require("node:http");
    const ask = () => new Promise((resolve, reject) => {
      const at = performance.now();
      const options = { host: "127.0.0.1", port: ${port}, path: "http://localhost/", headers: { host: "localhost" }, agent: false };
      request(options, (answer) => answer.resume().on("end", () =>
        answer.statusCode === 200 ? resolve(performance.now() - at) : reject(answer.statusCode))).on("error", reject).end();
    });
    (async () => {
      const all = [];
      for (let n = 0; n < ${times}; n += 1) all.push(await ask());
      console.log(all.sort((a, b) => a - b)[all.length >> 1]);
    })().catch((error) => { console.log(String(error)); process.exit(1); });
  `;
}
