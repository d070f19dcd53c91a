import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { isProxy } from "../../src/input/proxy-address.ts";
import { ClientAddress } from "../../src/web/client-address.ts";

function from(remoteAddress: string, forwarded?: string): IncomingMessage {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

test.each([
  ["203.0.113.1", undefined, "203.0.113.1"],
  ["203.0.113.1", "198.51.100.9", "203.0.113.1"],
  ["127.0.0.1", undefined, "127.0.0.1"],
  ["::1", "198.51.100.9", "198.51.100.9"],
  ["::ffff:127.0.0.1", "::ffff:198.51.100.9", "198.51.100.9"],
  ["127.0.0.1", "1.2.3.4, 198.51.100.9", "198.51.100.9"],
  ["127.0.0.1", "1.2.3.4, 198.51.100.9, 10.1.2.3", "198.51.100.9"],
  ["10.1.2.3", "1.2.3.4,198.51.100.9:4711", "198.51.100.9"],
  ["fd00::5", "[2001:db8::7]:80", "2001:db8::7"],
  ["127.0.0.1", "nonsense", "127.0.0.1"],
  ["127.0.0.1", "198.51.100.9, nonsense", "127.0.0.1"],
  ["10.9.9.9", "198.51.100.9", "198.51.100.9"],
  ["10.10.0.1", "198.51.100.9", "10.10.0.1"],
  ["127.0.0.1", "127.0.0.1, 10.1.2.3", "127.0.0.1"],
])("from %s, forwarded for %j, is %s with two proxies known", (remote, forwarded, expected) => {
  const clients = new ClientAddress(["10.1.2.3", "10.9.0.0/16", "fd00::/8"]);
  expect(clients.of(from(remote, forwarded))).toBe(expected);
});

test("addresses and networks are proxies; names, ranges and nonsense are not", () => {
  expect(["10.0.0.5", "172.18.0.0/16", "fd00::/8", "::1"].map(isProxy)).toEqual([true, true, true, true]);
  expect(["proxy.local", "10.0.0.0/33", "10.0.0.0/a", "10.0.0.0/8/8", "", "/8"].map(isProxy)).toEqual(
    Array.from({ length: 6 }, () => false),
  );
});
