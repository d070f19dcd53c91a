import { PROXY_PORT } from "../../sandbox/protocol.ts";
import { TRUSTED } from "./docker-limits.ts";

const PROXY = `http://127.0.0.1:${PROXY_PORT}`;
const LOCAL = "localhost,127.0.0.1,::1";

/** What every command in a sandbox finds in its environment besides the image's own; above all the way out, in all the spellings. */
export const commandEnvironment: Readonly<Record<string, string>> = {
  HOME: "/home/agent",
  USER: "agent",
  LOGNAME: "agent",
  SHELL: "/bin/bash",
  LANG: "C.UTF-8",
  CI: "true",
  // Nobody is there to answer: programs that can do without are told so. Handback's image sets CI as well.
  GIT_TERMINAL_PROMPT: "0",
  DEBIAN_FRONTEND: "noninteractive",
  PIP_NO_INPUT: "1",
  npm_config_yes: "true",
  // What a command has printed so far is to be seen; Python holds it back where there is no terminal.
  PYTHONUNBUFFERED: "1",
  GIT_PAGER: "cat",
  PAGER: "cat",
  HTTP_PROXY: PROXY,
  HTTPS_PROXY: PROXY,
  http_proxy: PROXY,
  https_proxy: PROXY,
  NO_PROXY: LOCAL,
  no_proxy: LOCAL,
  npm_config_proxy: PROXY,
  npm_config_https_proxy: PROXY,
  npm_config_noproxy: LOCAL,
  YARN_HTTP_PROXY: PROXY,
  YARN_HTTPS_PROXY: PROXY,
  NODE_USE_ENV_PROXY: "1",
  // The way out opens TLS (docs/decisions/0019), so its authority is the one to trust.
  NODE_EXTRA_CA_CERTS: TRUSTED,
  SSL_CERT_FILE: TRUSTED,
  GIT_SSL_CAINFO: TRUSTED,
  CURL_CA_BUNDLE: TRUSTED,
  REQUESTS_CA_BUNDLE: TRUSTED,
  PIP_CERT: TRUSTED,
  CARGO_HTTP_CAINFO: TRUSTED,
  npm_config_cafile: TRUSTED,
  YARN_HTTPS_CA_FILE_PATH: TRUSTED,
  DENO_CERT: TRUSTED,
};
