import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";

test("a host's certificate is made once, and not for more hosts than anybody asks for", () => {
  const authority = makeAuthority();
  const first = authority.contextFor("h0.example");
  expect(authority.contextFor("h0.example")).toBe(first);
  for (let n = 1; n <= 1_000; n += 1) authority.contextFor(`h${n}.example`);
  expect(authority.contextFor("h0.example")).not.toBe(first);
});

test("the authority's certificates are such that any client takes them", () => {
  const { certificate } = makeAuthority();
  const authority = new X509Certificate(certificate);
  expect(authority).toMatchObject({ ca: true, subject: authority.issuer });
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(Date.parse(authority.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(authority.validTo)).toBeGreaterThan(Date.now() + 365 * 86_400_000);
});
