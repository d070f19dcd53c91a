import { PrivateAddressError } from "./egress-addresses.ts";
import { addressRefusal, type Refusal } from "./egress-rules.ts";

/** Why a host did not answer, for the client: it could not be had, or its address may not be connected to. */
export function failureOf(
  error: NodeJS.ErrnoException,
  host: string,
): Refusal | { readonly rule: null; readonly status: number; readonly text: string } {
  if (error instanceof PrivateAddressError) return addressRefusal(host);
  const { code = "" } = error;
  if (unresolved.has(code)) return { rule: null, status: 502, text: `${host} could not be resolved.` };
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    const text = `The certificate of ${host} could not be verified (${code}). If a proxy of the operator's network stands before it, the operator names that one's authority in NODE_EXTRA_CA_CERTS.`;
    return { rule: null, status: 502, text };
  }
  return { rule: null, status: 502, text: `${host} could not be reached.` };
}

const unresolved = new Set(["ENOTFOUND", "EAI_AGAIN", "ENODATA", "ESERVFAIL", "ETIMEOUT"]);
