import type { FailureKind } from "../run/network.ts";
import { PrivateAddressError, UnresolvedError } from "./egress-addresses.ts";
import { addressRefusal, type Refusal } from "./egress-rules.ts";

/** Why a host did not answer: what happened, the status for the client, and words that say what a person can do. */
export interface Failing {
  readonly failure: FailureKind;
  readonly status: number;
  readonly text: string;
}

/** Of an error of the request that was made to `host`. */
export function failureOf(error: NodeJS.ErrnoException, host: string): Refusal | Failing {
  if (error instanceof PrivateAddressError) return addressRefusal(host);
  if (error instanceof UnresolvedError) return unresolved(error, host);
  const { code = "no connection" } = error;
  if (/CERT|SIGNATURE|ISSUER/.test(code)) {
    const text = `The certificate of ${host} could not be verified (${code}). If the operator's network has a proxy that opens TLS, its authority belongs into NODE_EXTRA_CA_CERTS.`;
    return { failure: "certificate", status: 502, text };
  }
  if (/TIMEDOUT|TIMEOUT/.test(code)) {
    const text = `${host} did not answer in time. Try again; if it stays silent, ${operatorLooks}.`;
    return { failure: "timeout", status: 504, text };
  }
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EMFILE)$/.test(code)) {
    const text = `No connection to ${host} came about (${code}). Try again; if none comes about, ${operatorLooks}.`;
    return { failure: "unreachable", status: 502, text };
  }
  return brokenOff(host, code);
}

/** It took the connection, and gave no answer that HTTP knows. */
export function brokenOff(host: string, code: string): Failing {
  const text = `${host} broke the connection off, or gave an answer that is not HTTP/1.1 (${code}). Try again; if it does so each time, ask whoever runs that host.`;
  return { failure: "broken", status: 502, text };
}

function unresolved({ code }: UnresolvedError, host: string): Failing {
  if (code === "ENOTFOUND" || code === "ENODATA") {
    const text = `${host} could not be resolved: the name servers know no address for it. Look for a mistake in the name; if only the operator's /etc/hosts knows it, the operator names it in HANDBACK_PRIVATE_HOSTS.`;
    return { failure: "unresolved", status: 502, text };
  }
  const text = `${host} could not be resolved: no name server gave an answer (${code}). Try again; if it stays so for other names too, the operator looks at DNS on Handback's machine.`;
  return { failure: "unresolved", status: 504, text };
}

const operatorLooks = "ask the operator whether Handback's own machine reaches it";
