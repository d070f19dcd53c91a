import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { der } from "./der.ts";

const DAY_MS = 86_400_000;
const LEAF_DAYS = 30;
/** 40 KB each. */
const MOST_LEAVES = 400;

/** What sandboxes trust, and what the way out shows them in place of the hosts that it opens. */
export interface EgressAuthority {
  /** In PEM. */
  readonly certificate: string;
  /** For a TLS server that stands for `host`; made once, and anew before it ends. */
  contextFor(host: string): SecureContext;
}

let own: EgressAuthority | null = null;

/**
 * This process's authority: its key is made with the first sandbox, is held by this process alone, and ends with it. Every sandbox
 * has the certificate and none has a key, so one authority for all is as good as one for each.
 */
export function ownAuthority(): EgressAuthority {
  own ??= makeAuthority();
  return own;
}

/** P-256 throughout: small, quick to make, and known to every client. One key serves all hosts, since it never leaves either. */
export function makeAuthority(): EgressAuthority {
  const issuer = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = server.privateKey.export({ type: "pkcs8", format: "pem" });
  const certificate = issue(issuer, { publicKey: issuer.publicKey, host: null, days: 3_650 });
  const leaves = new Map<string, { context: SecureContext; until: number }>();
  return {
    certificate,
    contextFor(host) {
      const known = leaves.get(host);
      // Set anew at the end: what is used stays when another sandbox makes many.
      leaves.delete(host);
      if (known !== undefined && known.until > Date.now()) {
        leaves.set(host, known);
        return known.context;
      }
      const cert = issue(issuer, { publicKey: server.publicKey, host, days: LEAF_DAYS });
      const context = createSecureContext({ key, cert });
      for (const oldest of leaves.keys()) {
        if (leaves.size < MOST_LEAVES) break;
        leaves.delete(oldest);
      }
      leaves.set(host, { context, until: Date.now() + (LEAF_DAYS - 2) * DAY_MS });
      return context;
    },
  };
}

type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

/** A certificate of RFC 5280 in PEM: for a host's name, or the authority's own. */
function issue(issuer: KeyPair, about: { publicKey: KeyObject; host: string | null; days: number }): string {
  const { publicKey, host, days } = about;
  const algorithm = der.sequence(der.objectId("1.2.840.10045.4.3.2"));
  const now = Date.now();
  const contents = der.sequence(
    der.context(0, der.integer(Buffer.from([2]))),
    der.integer(serialNumber()),
    algorithm,
    name("Handback's way out of sandboxes"),
    der.sequence(der.time(new Date(now - DAY_MS)), der.time(new Date(now + days * DAY_MS))),
    name(host === null ? "Handback's way out of sandboxes" : "a host behind Handback's way out"),
    publicKey.export({ type: "spki", format: "der" }),
    der.context(3, der.sequence(...extensions({ publicKey, host, issuer: issuer.publicKey }))),
  );
  const signature = sign("sha256", contents, issuer.privateKey);
  const whole = der.sequence(contents, algorithm, der.bits(signature));
  const lines = whole.toString("base64").replaceAll(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function extensions(about: { publicKey: KeyObject; host: string | null; issuer: KeyObject }): Buffer[] {
  const { publicKey, host, issuer } = about;
  const common = [
    extension("2.5.29.14", der.octets(keyId(publicKey))),
    extension("2.5.29.35", der.sequence(der.contextBytes(0, keyId(issuer)))),
  ];
  if (host === null) {
    return [
      // An authority, for hosts' certificates alone; it signs certificates and lists of revoked ones.
      extension("2.5.29.19", der.sequence(der.true(), der.integer(Buffer.from([0]))), "critical"),
      extension("2.5.29.15", der.bits(Buffer.from([0x06]), 1), "critical"),
      ...common,
    ];
  }
  return [
    extension("2.5.29.19", der.sequence(), "critical"),
    // It signs, as a TLS server of this name.
    extension("2.5.29.15", der.bits(Buffer.from([0x80]), 7), "critical"),
    extension("2.5.29.37", der.sequence(der.objectId("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", der.sequence(der.contextBytes(2, Buffer.from(host, "ascii")))),
    ...common,
  ];
}

function extension(id: string, value: Buffer, weight: "critical" | "plain" = "plain"): Buffer {
  const critical = weight === "critical" ? [der.true()] : [];
  return der.sequence(der.objectId(id), ...critical, der.octets(value));
}

function name(common: string): Buffer {
  return der.sequence(der.set(der.sequence(der.objectId("2.5.4.3"), der.utf8(common))));
}

function keyId(key: KeyObject): Buffer {
  return createHash("sha256")
    .update(key.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}

/** 16 bytes, positive. */
function serialNumber(): Buffer {
  const bytes = randomBytes(16);
  bytes[0] = 0x40 | (bytes[0]! & 0x3f);
  return bytes;
}
