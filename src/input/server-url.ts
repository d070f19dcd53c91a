import { isIP } from "node:net";

/**
 * The address of a server that tokens are sent to, without a slash at its end; or what is wrong with it. Plain http is for this
 * machine alone, unless whoever wrote the address also wrote that it may be (`insecure`).
 */
export function readServerUrl(
  text: string,
  options: { insecure: boolean; example: string; httpMend: string },
): { readonly ok: true; readonly url: string } | { readonly ok: false; readonly problem: string } {
  const url = text.trim().replace(/\/+$/, "");
  const parsed = URL.parse(url);
  const problem = problemOf(parsed, options);
  return problem === null ? { ok: true, url } : { ok: false, problem };
}

function problemOf(url: URL | null, options: Parameters<typeof readServerUrl>[1]): string | null {
  if (url === null || !["http:", "https:"].includes(url.protocol)) {
    return `is not an http(s) URL; write it like ${options.example}`;
  }
  if (url.username !== "" || url.password !== "") return "holds a user name or password; leave them out";
  if (url.protocol === "http:" && !options.insecure && !isLoopback(url.hostname)) {
    return `uses plain http to another machine, which would send tokens in the clear; ${options.httpMend}`;
  }
  return null;
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
