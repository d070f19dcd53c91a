import { GitError } from "../errors.ts";

/** Another repository, and what git needs in its environment to reach it and nothing else. */
export interface GitRemote {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Takes the token out of what git says. */
  redact(text: string): string;
}

/** Over https, or http on this machine (the local GitHub). Throws GitError `git.url_refused` for anything else. */
export function httpRemote(options: { url: string; token: string | null }): GitRemote {
  const { url, token } = options;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const loopback = parsed !== null && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
  if (
    parsed === null ||
    !(parsed.protocol === "https:" || (parsed.protocol === "http:" && loopback)) ||
    parsed.username !== "" ||
    parsed.password !== ""
  ) {
    throw new GitError("git.url_refused", "a repository's address must be https, without a user in it", {
      mend: "Use an address like https://github.com/owner/repository.git.",
      fields: { protocol: parsed?.protocol, host: parsed?.hostname },
    });
  }
  const transport = { GIT_ALLOW_PROTOCOL: parsed.protocol.slice(0, -1) };
  if (token === null) return { url, environment: transport, redact: (text) => text };
  const credential = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    url,
    environment: {
      ...transport,
      // For this host only, and not where other processes can read it (a command line is public).
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: `http.${parsed.origin}/.extraHeader`,
      GIT_CONFIG_VALUE_0: `Authorization: Basic ${credential}`,
    },
    redact: (text) => text.replaceAll(token, "[token]").replaceAll(credential, "[token]"),
  };
}

/** A folder on this machine: a person's repository for `handback run`, or one of Handback's own. */
export function folderRemote(path: string): GitRemote {
  if (!path.startsWith("/")) throw new TypeError(`not an absolute path: ${path}`);
  return { url: path, environment: { GIT_ALLOW_PROTOCOL: "file" }, redact: (text) => text };
}
