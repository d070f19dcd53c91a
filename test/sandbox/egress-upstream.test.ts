import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo, LookupFunction } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { EgressUpstream } from "../../src/sandbox/egress-upstream.ts";

const lookup: LookupFunction = (_name, _options, done) => done(null, [{ address: "127.0.0.1", family: 4 }]);

test("connections that are held open to some hosts make no other one wait", async () => {
  const waiting: ServerResponse[] = [];
  // It never closes a connection by itself.
  const server = createServer({ keepAliveTimeout: 0 }, (_request, response) => {
    // All of a host come at once, so that each has a connection of its own.
    if (waiting.push(response) === 16) for (const one of waiting.splice(0)) one.end("ok");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const upstream = new EgressUpstream({ lookup, silenceMs: 60_000 });
  onTestFinished(() => {
    upstream[Symbol.dispose]();
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const ask = (host: string) =>
    new Promise<void>((resolve, reject) => {
      const sent = upstream.send({ isTls: false, host, port, method: "GET", path: "/", headers: { host } });
      sent.on("response", (answer) => answer.resume().on("end", resolve));
      sent.on("error", reject);
      sent.end();
    });
  for (let n = 0; n < 12; n += 1)
    await Promise.all(Array.from({ length: 16 }, () => ask(`host-${n}.example`)));
  const open = () =>
    new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)));
  await expect.poll(open).toBe(32);
});
