import { expect, test } from "vitest";
import type { RunEvent } from "../../src/run/events.ts";
import type { EgressRequest, Sandbox } from "../../src/sandbox/sandbox.ts";
import { hostsReached, notingReach, reachedIn } from "../../src/steps/hosts-reached.ts";
import { reachedLines } from "../../src/steps/reached-words.ts";

const asked: EgressRequest = {
  at: "2026-01-01T00:00:00.000Z",
  method: "GET",
  host: "registry.npmjs.org",
  port: 443,
  path: "/ms",
  status: 200,
  bytesIn: 10,
  bytesOut: 0,
  refusedBy: null,
  failed: null,
  times: 1,
};

test("Requests are summed up by host and by the rule that refused them", () => {
  const requests: EgressRequest[] = [
    { ...asked, host: "evil.example", refusedBy: "host", bytesIn: 0, times: 4 },
    asked,
    { ...asked, times: 20, bytesIn: 5 },
    { ...asked, refusedBy: "method", bytesIn: 0 },
  ];
  expect(hostsReached(requests)).toEqual([
    {
      host: "registry.npmjs.org",
      requests: 21,
      bytesIn: 15,
      refused: [{ rule: "method", requests: 1 }],
      failed: [],
    },
    { host: "evil.example", requests: 0, bytesIn: 0, refused: [{ rule: "host", requests: 4 }], failed: [] },
  ]);
});

test("A host that did not answer was not reached, and a person reads why", () => {
  const requests: EgressRequest[] = [
    { ...asked, host: "gone.example", status: 502, bytesIn: 0, failed: "unresolved", times: 3 },
    { ...asked, status: 504, bytesIn: 0, failed: "timeout" },
    { ...asked, status: null, bytesIn: 0, failed: "unanswered" },
    asked,
  ];
  expect(reachedLines(hostsReached(requests), (host) => `<${host}>`)).toEqual([
    "<registry.npmjs.org>: 1 request, 10 bytes",
    "not reached: <registry.npmjs.org>, 1 request: it did not answer in time",
    "not reached: <registry.npmjs.org>, 1 request: the client left before it answered",
    "not reached: <gone.example>, 3 requests: its name could not be resolved",
  ]);
});

test("What an older version wrote down is summed up with the rest", () => {
  const old = { host: asked.host, requests: 2, bytesIn: 1, refused: [] };
  const event: RunEvent = { type: "network.used", step: "write-code", hosts: [old] };
  const now: RunEvent = { ...event, hosts: hostsReached([{ ...asked, failed: "broken" }]) };
  expect(reachedIn([event, now])).toMatchObject([{ requests: 2, failed: [{ why: "broken", requests: 1 }] }]);
});

test("More hosts than anybody would read are one sum", () => {
  const requests = Array.from({ length: 250 }, (_, n) => ({ ...asked, host: `h${n}.example` }));
  const hosts = hostsReached(requests);
  expect(hosts).toHaveLength(101);
  expect(hosts.at(-1)).toMatchObject({ host: "others", requests: 150 });
});

test("All sandboxes of a run count together", () => {
  const hosts = hostsReached([asked]);
  const events: RunEvent[] = [
    { type: "network.used", step: "write-code", hosts },
    { type: "run.queued" },
    { type: "network.used", step: "review-1", hosts },
  ];
  expect(reachedIn(events)).toMatchObject([{ requests: 2, bytesIn: 20 }]);
});

test("A sandbox tells what it reached when it is let go, and is let go also when nobody can hear it", async () => {
  const done: unknown[] = [];
  class OneSandbox {
    readonly #requests = [asked];
    requests(): EgressRequest[] {
      return this.#requests;
    }
    async [Symbol.asyncDispose](): Promise<void> {
      done.push("gone");
    }
  }
  const one = new OneSandbox() as unknown as Sandbox;
  {
    await using sandbox = notingReach(one, async (hosts) => void done.push(hosts.length));
    expect(sandbox.requests()).toHaveLength(1);
  }
  expect(done).toEqual([1, "gone"]);
  const deaf = notingReach(one, () => Promise.reject(new Error("no journal")));
  await expect(deaf[Symbol.asyncDispose]()).rejects.toThrow("no journal");
  expect(done).toEqual([1, "gone", "gone"]);
});
