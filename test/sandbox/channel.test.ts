import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { encodeFrame, FrameKind } from "../../sandbox/frames.ts";
import { ChannelEnded, SandboxChannel } from "../../src/sandbox/channel.ts";

interface Ends {
  readonly channel: SandboxChannel;
  /** The sandbox's end of the stream. */
  readonly inside: Socket;
  /** Resolves with the reason when the channel ends. */
  readonly ended: Promise<Error>;
}

/** A channel over a unix socket. */
async function bothEnds(): Promise<Ends> {
  const folder = mkdtempSync(join(tmpdir(), "hb-channel-"));
  const server = createServer().listen(join(folder, "c.sock"));
  await once(server, "listening");
  const inside = connect(join(folder, "c.sock"));
  inside.on("error", () => undefined);
  const [stream] = (await once(server, "connection")) as [Socket];
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<Error>();
  const channel = new SandboxChannel({ stream, onEnd });
  onTestFinished(() => {
    channel.end(new Error("the test is over"));
    inside.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { channel, inside, ended };
}

const ask = ({ channel }: Ends) =>
  channel.request({ op: "peek", job: 1 }, { schema: z.object({ n: z.number() }) });

test("a frame for a request that was never made ends the channel, whatever its kind and number", async () => {
  const kinds = [FrameKind.chunk, FrameKind.result, FrameKind.failure];
  const forged = fc.record({
    kind: fc.constantFrom(...kinds),
    id: fc.oneof(fc.constantFrom(0, 3, 2 ** 32 - 1), fc.integer({ min: 3, max: 2 ** 32 - 1 })),
    payload: fc.constantFrom("", '{"n":1}', '{"code":"x","message":"y"}'),
  });
  await fc.assert(
    fc.asyncProperty(forged, async ({ kind, id, payload }) => {
      const ends = await bothEnds();
      const asked = [ask(ends), ask(ends)];
      ends.inside.write(encodeFrame(kind, id, payload));
      expect((await ends.ended).message).toBe(`a frame for request ${id}, which was never made`);
      for (const one of await Promise.allSettled(asked))
        expect(one).toMatchObject({ status: "rejected", reason: expect.any(ChannelEnded) });
    }),
    { numRuns: 25 },
  );
});

test("what still comes for a request that is over is dropped", async () => {
  const ends = await bothEnds();
  const first = ask(ends);
  ends.inside.write(encodeFrame(FrameKind.result, 1, '{"n":1}'));
  expect(await first).toEqual({ n: 1 });
  const second = ask(ends);
  for (const kind of [FrameKind.chunk, FrameKind.result, FrameKind.failure])
    ends.inside.write(encodeFrame(kind, 1, '{"code":"late","message":""}'));
  ends.inside.write(encodeFrame(FrameKind.result, 2, '{"n":2}'));
  expect(await second).toEqual({ n: 2 });
});
