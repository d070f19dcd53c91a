import { describe, expect, test } from "vitest";
import { aRequest } from "../support/scripted-model.ts";
import { startMessagesServer } from "./messages-server.ts";
import { lookAround, looked, startTrapped } from "./start-model.ts";

describe("a server that fails", () => {
  test.each([429, 529, 500, 503, 408])("for a moment with %i is asked again", async (status) => {
    const { server, model } = await startTrapped("anthropic", {
      fault: { kind: "status", status },
      faultTimes: 2,
    });
    expect(await model.send(aRequest())).toMatchObject({ content: looked });
    expect(server.requests).toHaveLength(3);
  });

  test.each(["99999", "Fri, 01 Jan 2100 00:00:00 GMT"])(
    "and asks us to wait for ever (%s) waits a minute",
    async (retryAfter) => {
      const { model, waits } = await startTrapped("litellm", {
        fault: { kind: "status", status: 429, retryAfter },
        faultTimes: 1,
      });
      await model.send(aRequest());
      expect(waits).toEqual([60_000]);
    },
  );

  test("in the middle of its stream is asked again when that may pass, and not when it will not", async () => {
    const { server, model } = await startTrapped("anthropic", {
      fault: { kind: "error_event", type: "overloaded_error" },
      faultTimes: 1,
    });
    expect(await model.send(aRequest())).toMatchObject({ content: looked });
    expect(server.requests).toHaveLength(2);
    const { server: final, model: hopeless } = await startTrapped("anthropic", {
      fault: { kind: "error_event", type: "invalid_request_error" },
    });
    await expect(hopeless.send(aRequest())).rejects.toMatchObject({
      code: expect.stringMatching(/^model\./),
    });
    expect(final.requests).toHaveLength(1);
  });

  test.each([{ kind: "idle" }, { kind: "slow_headers", ms: 60_000 }] as const)(
    "to say anything (%j) is given up",
    async (fault) => {
      const { server, model } = await startTrapped(
        "anthropic",
        { fault, faultTimes: 1 },
        { idleMs: 200, attempts: 1 },
      );
      await expect(model.send(aRequest())).rejects.toMatchObject({ code: "model.stream_cut" });
      expect(server.requests).toHaveLength(1);
    },
  );

  test("to come to an end is given up, however often it pings; a ping is a sign of life until then", async () => {
    const fault = { kind: "only_pings", everyMs: 50 } as const;
    const { model } = await startTrapped(
      "anthropic",
      { fault },
      { idleMs: 1_000, longestMs: 2_000, attempts: 1 },
    );
    await expect(model.send(aRequest())).rejects.toMatchObject({
      code: "model.stream_cut",
      cause: { message: expect.stringContaining("within 2 seconds") },
    });
  });

  test.each([200, 403, 502])("with a page for people (status %i) is named, not read", async (status) => {
    const { model } = await startTrapped("anthropic", { fault: { kind: "html", status } }, { attempts: 2 });
    const error = await model.send(aRequest()).catch((thrown: unknown) => thrown);
    const codes = { 200: "model.not_a_stream", 403: "model.key_rejected", 502: "model.failing" };
    expect(error).toMatchObject({
      code: codes[status as keyof typeof codes],
      mend: expect.stringContaining("operator"),
    });
  });

  test("to know a model says which it has", async () => {
    const fault = { kind: "status", status: 404, type: "not_found_error" } as const;
    const { model } = await startTrapped("ollama", { fault });
    await expect(model.send(aRequest())).rejects.toMatchObject({
      code: "model.unknown",
      mend: expect.stringContaining("m"),
    });
  });

  test("and sends us elsewhere gets neither us nor the key there", async () => {
    const other = await startMessagesServer(lookAround);
    const { model } = await startTrapped("litellm", {
      fault: { kind: "redirect", to: `${other.url}/v1/messages` },
    });
    await expect(model.send(aRequest())).rejects.toMatchObject({ code: "model.redirected" });
    expect(other.headers).toEqual([]);
  });
});
