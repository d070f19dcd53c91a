import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { connect as connectSecurely } from "node:tls";
import { setTimeout as delay } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";
import { egressWorldOfTest as world } from "../support/egress-world.ts";

const put = "PUT http://evil.example/ HTTP/1.1\r\nhost: evil.example\r\n";
const megabyte = Buffer.from(`f4240\r\n${"x".repeat(1_000_000)}\r\n`);
/** Mostly what the chunks' own lines say besides. */
const extended = Buffer.from(`1;${"x".repeat(10_000)}\r\nx\r\n`.repeat(100));

/** Sends `piece` again and again until it is let go; how many bytes went. */
async function sendWithoutEnd(socket: Socket, piece: Buffer): Promise<number> {
  let sent = 0;
  const write = () =>
    void socket.write(piece, (error) => {
      sent += piece.length;
      if (!error) write();
    });
  write();
  await new Promise((resolve) => socket.once("close", resolve));
  return sent;
}

function client(socketPath: string, text = ""): Socket {
  const socket = connect(socketPath);
  if (text !== "") socket.write(text);
  socket.on("error", () => undefined).resume();
  onTestFinished(() => void socket.destroy());
  return socket;
}

test.each([
  ["in large chunks", megabyte],
  ["in small chunks with much around them", extended],
])("a refused body without end, %s, is read so far and no further", async (_what, piece) => {
  const { socketPath, proxy } = await world();
  const socket = client(socketPath, `${put}transfer-encoding: chunked\r\n\r\n`);
  const sent = await sendWithoutEnd(socket, piece);
  expect(sent).toBeGreaterThan(14_000_000);
  expect(sent).toBeLessThan(20_000_000);
  expect(proxy.requests()).toMatchObject([{ refusedBy: "host", status: 403 }]);
});

test("a refused body without end within TLS is read so far and no further", async () => {
  const authority = makeAuthority();
  const { socketPath, tls } = await world({ authority });
  const host = `registry.example${tls}`;
  const inside = connect(socketPath, () => inside.write(`CONNECT ${host} HTTP/1.1\r\nhost: ${host}\r\n\r\n`));
  await once(inside, "data");
  const socket = connectSecurely({
    socket: inside,
    servername: "registry.example",
    ca: authority.certificate,
  });
  socket.on("error", () => undefined).resume();
  await once(socket, "secureConnect");
  socket.write(`PUT / HTTP/1.1\r\nhost: ${host}\r\ntransfer-encoding: chunked\r\n\r\n`);
  const sent = await sendWithoutEnd(socket, extended);
  expect(sent).toBeGreaterThan(14_000_000);
  expect(sent).toBeLessThan(20_000_000);
});

test("when so much of refused bodies was read, a refusal closes the connection at once", async () => {
  const { socketPath, ask, proxy } = await world({
    caps: { refusedBodies: 5_000_000 },
    timings: { runOff: 60_000 },
  });
  await sendWithoutEnd(client(socketPath, `${put}transfer-encoding: chunked\r\n\r\n`), megabyte);
  const late = client(socketPath, `${put}content-length: 9\r\n\r\n`);
  await once(late, "close");
  expect(await ask("http://evil.example/")).toMatchObject({ status: 403 });
  expect(proxy.requests()).toHaveLength(3);
});

test("a refused body that comes slowly is not waited for, and the next one on its connection has its own time", async () => {
  const { socketPath } = await world({ timings: { runOff: 1_000 } });
  const socket = client(socketPath);
  let isOpen = true;
  socket.on("close", () => (isOpen = false));
  for (let n = 0; n < 3; n += 1) {
    socket.write(`${put}content-length: 1\r\n\r\nx`);
    await delay(600);
    expect(isOpen).toBe(true);
  }
  socket.write(`${put}content-length: 1000\r\n\r\n`);
  const timer = setInterval(() => socket.write("x"), 50);
  await once(socket, "close");
  clearInterval(timer);
});

test("an upload whose host breaks off in the middle is read to its end, so that its client hears why", async () => {
  let came = 0;
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => (came += chunk.length) > 300_000 && socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port: plain } = server.address() as AddressInfo;
  const { socketPath } = await world({ ports: { tls: 443, plain } });
  const socket = connect(socketPath);
  onTestFinished(() => void socket.destroy());
  const host = `api.example:${plain}`;
  const body = "x".repeat(3_000_000);
  const head = `POST http://${host}/ HTTP/1.1\r\nhost: ${host}\r\ncontent-length: ${body.length}\r\n\r\n`;
  await new Promise((resolve) => socket.write(head + body, resolve));
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 502 /);
});
