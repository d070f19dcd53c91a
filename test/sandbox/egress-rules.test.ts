import { expect, test } from "vitest";
import { isPrivateAddress } from "../../src/sandbox/egress-addresses.ts";
import { isAllowedHost, rightsOf } from "../../src/sandbox/egress-rules.ts";

test.each([
  ["registry.npmjs.org", true],
  ["REGISTRY.npmjs.org.", true],
  ["deep.sub.debian.org", true],
  ["debian.org", false],
  ["evildebian.org", false],
  ["registry.npmjs.org.evil.example", false],
  ["10.0.0.1", false],
  ["::1", false],
  ["registry.npmjs.org\r\nhost: evil", false],
  ["", false],
])("the rule of names says of %j: %s", (host, allowed) => {
  expect(isAllowedHost(host, ["registry.npmjs.org", "*.debian.org", "10.0.0.1"])).toBe(allowed);
});

test("a registry stays read-only whatever a repository's settings say of it", () => {
  const rules = {
    registries: ["registry.npmjs.org"],
    allow: [{ host: "*.npmjs.org", methods: ["PUT"] as const }],
  };
  expect(rightsOf("registry.npmjs.org", rules)).toEqual({ methods: ["GET", "HEAD"], isRegistry: true });
  expect(rightsOf("www.npmjs.org", rules)).toEqual({ methods: ["PUT"], isRegistry: false });
  expect(rightsOf("npmjs.org", rules)).toBeNull();
});

test.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.31.0.1", true],
  ["192.168.1.1", true],
  ["169.254.169.254", true],
  ["100.100.100.200", true],
  ["168.63.129.16", true],
  ["0.0.0.0", true],
  ["::1", true],
  ["::ffff:10.0.0.1", true],
  ["64:ff9b::a00:1", true],
  ["fd00:ec2::254", true],
  ["fe80::1", true],
  ["104.16.0.1", false],
  ["2606:4700::1", false],
])("the rule of addresses calls %s private: %s", (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});
