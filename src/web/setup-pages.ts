import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { parse } from "yaml";
import { z } from "zod";
import { escapeHtml, page } from "./html.ts";
import { GitHubError } from "../errors.ts";
import { convertManifest } from "./convert-manifest.ts";
import { isLocalRequest } from "./is-local-request.ts";
import { sendHtml, sendText } from "./respond.ts";

export interface SetupOptions {
  readonly apiUrl: string;
  readonly serverUrl: string;
  /** Where `app.env` is written, readable for its owner only. */
  readonly dataDir: string;
  readonly userAgent?: string;
}

/**
 * GitHub's manifest flow: a form posts app.yml to GitHub, GitHub asks the person and comes back with a code, the code is
 * exchanged for the App's credentials. Only for somebody at this machine, or with the link from the terminal.
 */
export class SetupPages {
  readonly #options: SetupOptions;
  /** In the terminal's link, and as `state` on the way through GitHub. */
  readonly #key = randomBytes(24).toString("base64url");

  constructor(options: SetupOptions) {
    this.#options = options;
  }

  linkFor(url: string): string {
    return `${url}/setup?key=${this.#key}`;
  }

  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    const query = new URL(request.url ?? "/", "http://unused").searchParams;
    if (request.method !== "GET") return sendText(response, 405, "Only GET works here.");
    if (path === "/setup/done") return this.#finish(response, query);
    if (!isLocalRequest(request) && !this.#isKey(query.get("key"))) {
      return sendText(
        response,
        403,
        "Handback is not set up yet. Open the link that it printed on its terminal.",
      );
    }
    const publicUrl = httpOrigin(query.get("public_url"));
    if (path === "/setup/review" && publicUrl !== null) {
      return this.#showManifest(request, response, publicUrl, query.get("organization") ?? "");
    }
    const html = page("Set up Handback", askPage(`http://${request.headers.host}`, query.get("key") ?? ""));
    return sendHtml(response, 200, html);
  }

  async #showManifest(
    request: IncomingMessage,
    response: ServerResponse,
    publicUrl: string,
    organization: string,
  ): Promise<void> {
    const { serverUrl } = this.#options;
    const manifest = await readManifest({ publicUrl, pageUrl: `http://${request.headers.host}` });
    const isName = /^[A-Za-z0-9-]{1,39}$/.test(organization);
    const owner = isName ? `/organizations/${organization}` : "";
    const action = `${serverUrl}${owner}/settings/apps/new?state=${this.#key}`;
    const body = `<h1>Create the GitHub App</h1>
<p>GitHub shows what it may do and asks for its name. These are its permissions and events:</p>
<pre><code>${escapeHtml(JSON.stringify({ ...pick(manifest) }, null, 2))}</code></pre>
<form method="post" action="${escapeHtml(action)}">
<input type="hidden" name="manifest" value="${escapeHtml(JSON.stringify(manifest))}">
<button>Create it on ${escapeHtml(new URL(serverUrl).host)}</button></form>`;
    sendHtml(response, 200, page("Create the GitHub App", body), new URL(serverUrl).origin);
  }

  async #finish(response: ServerResponse, query: URLSearchParams): Promise<void> {
    const code = query.get("code") ?? "";
    if (!this.#isKey(query.get("state")) || !/^[\w-]{1,100}$/.test(code)) {
      return sendText(
        response,
        403,
        "This link was not made by this server, or it is too old. Begin again at /setup.",
      );
    }
    const made = await convertManifest({ ...this.#options, code }).catch((error: unknown) => {
      if (error instanceof GitHubError) return null;
      throw error;
    });
    if (made === null) {
      return sendText(
        response,
        502,
        "GitHub did not take its own code back; it is good for an hour. Begin again at /setup.",
      );
    }
    const body = `<h1>${escapeHtml(made.name)} is created</h1>
<p>Its credentials are in <code>${escapeHtml(made.path)}</code>, readable for you only.</p>
<ol><li><a href="${escapeHtml(made.htmlUrl)}/installations/new">Install it</a> on the repositories that it shall work in.</li>
<li>Stop Handback and start it again.</li>
<li>Put the label <code>agent</code> on an issue.</li></ol>`;
    sendHtml(response, 200, page("The App is created", body));
  }

  #isKey(given: string | null): boolean {
    const [a, b] = [Buffer.from(given ?? ""), Buffer.from(this.#key)];
    return a.length === b.length && timingSafeEqual(a, b);
  }
}

function askPage(pageUrl: string, key: string): string {
  return `<h1>Set up Handback</h1>
<p>Handback works as a GitHub App of your own. This makes one, with the fewest permissions that it needs.</p>
<form method="get" action="/setup/review">
<label for="public_url">Address under which GitHub reaches this server</label>
<input type="url" id="public_url" name="public_url" required value="${escapeHtml(pageUrl)}">
<p class="dim">GitHub sends webhooks there. For a machine at home, give the address of a tunnel.</p>
<label for="organization">Organization <span class="dim">(empty: your own account)</span></label>
<input type="text" id="organization" name="organization" pattern="[A-Za-z0-9-]*">
<input type="hidden" name="key" value="${escapeHtml(key)}">
<div><button>Go on</button></div></form>`;
}

const manifestFile = z.looseObject({
  name: z.string(),
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

async function readManifest({ publicUrl, pageUrl }: { publicUrl: string; pageUrl: string }) {
  const text = await readFile(new URL("../../app.yml", import.meta.url), "utf8");
  return {
    ...manifestFile.parse(parse(text)),
    hook_attributes: { url: `${publicUrl}/api/github/webhooks`, active: true },
    redirect_url: `${pageUrl}/setup/done`,
  };
}

function pick(manifest: z.infer<typeof manifestFile>) {
  return { permissions: manifest.default_permissions, events: manifest.default_events };
}

function httpOrigin(text: string | null): string | null {
  const url = text === null ? null : URL.parse(text);
  return url !== null && ["http:", "https:"].includes(url.protocol)
    ? `${url.origin}${url.pathname}`.replace(/\/+$/, "")
    : null;
}
