import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { makeAuthority } from "../../src/sandbox/egress-authority.ts";

test("a host's certificate is made once, and is kept while it is used, however many others are made", () => {
  const authority = makeAuthority();
  const used = authority.contextFor("used.example");
  const unused = authority.contextFor("unused.example");
  for (let n = 1; n <= 600; n += 1) {
    authority.contextFor(`h${n}.example`);
    expect(authority.contextFor("used.example")).toBe(used);
  }
  expect(authority.contextFor("unused.example")).not.toBe(unused);
});

test("the authority's certificates are such that any client takes them", () => {
  const { certificate } = makeAuthority();
  const authority = new X509Certificate(certificate);
  expect(authority).toMatchObject({ ca: true, subject: authority.issuer });
  expect(authority.verify(authority.publicKey)).toBe(true);
  expect(Date.parse(authority.validFrom)).toBeLessThan(Date.now());
  expect(Date.parse(authority.validTo)).toBeGreaterThan(Date.now() + 365 * 86_400_000);
});
