import { readFile } from "node:fs/promises";
import path from "node:path";
import { createAppAuth } from "@octokit/auth-app";
import { Octokit } from "@octokit/rest";
import { parse } from "yaml";
import { z } from "zod";
import type { Config } from "../config.ts";
import { ConfigurationError, GitHubError } from "../errors.ts";
import { asGitHubError } from "../github/github-failure.ts";
import { Skipped } from "./check.ts";

/** Whether GitHub knows the App, and gives it what app.yml asks for. Throws ConfigurationError, GitHubError. */
export async function lookAtApp(config: Config): Promise<string> {
  if (config.app === null) {
    throw new ConfigurationError("doctor.no_app", "No App is set up.", {
      mend: "Run `npm start` and open the page that it names, or set APP_ID, PRIVATE_KEY and WEBHOOK_SECRET.",
    });
  }
  const { data } = await asGitHubError("read the App", () => appClient(config).rest.apps.getAuthenticated());
  const app = appSchema.parse(data);
  const wanted = manifestSchema.parse(parse(await readFile(manifestFile, "utf8")));
  const lacking = [
    ...Object.entries(wanted.default_permissions)
      .filter(([name, level]) => !covers(app.permissions[name], level))
      .map(([name, level]) => `permission ${name}: ${level}`),
    ...wanted.default_events.filter((event) => !app.events.includes(event)).map((event) => `event ${event}`),
  ];
  if (lacking.length > 0) {
    throw new GitHubError("doctor.app_lacks", `The App ${app.slug} lacks ${lacking.join(", ")}.`, {
      mend: `Add it under Permissions & events on the App's settings page, and accept it where the App is installed.`,
    });
  }
  return `${app.slug}[bot] at ${config.github.serverUrl}`;
}

/** Whether webhooks have an address, and whether the latest arrived. Throws GitHubError. */
export async function lookAtWebhooks(config: Config): Promise<string> {
  if (config.app === null) throw new Skipped("there is no App");
  const client = appClient(config);
  const { data: hook } = await asGitHubError("read the webhook", () =>
    client.rest.apps.getWebhookConfigForApp(),
  );
  if ((hook.url ?? "") === "") {
    throw new GitHubError(
      "doctor.no_webhook_url",
      "The App has no webhook address, so GitHub tells it nothing.",
      {
        mend: "Set the Webhook URL on the App's settings page to this Handback's address with /api/github/webhooks at its end.",
      },
    );
  }
  const { data } = await asGitHubError("list the webhook's deliveries", () =>
    client.rest.apps.listWebhookDeliveries({ per_page: 1 }),
  );
  const [latest] = deliveriesSchema.parse(data);
  if (latest === undefined) return `${hook.url}, nothing was sent yet`;
  if (latest.status_code >= 200 && latest.status_code < 300)
    return `${hook.url}, latest arrived ${latest.delivered_at}`;
  throw new GitHubError(
    "doctor.webhook_lost",
    `The latest webhook to ${hook.url} did not arrive: ${latest.status_code === 0 ? "" : `${latest.status_code} `}${latest.status}, ${latest.delivered_at}.`,
    {
      mend: "See that Handback runs and that GitHub can reach this address, with the same WEBHOOK_SECRET on both sides; then redeliver it on the App's page under Advanced.",
    },
  );
}

function appClient({ app, github }: Config): Octokit {
  return new Octokit({
    authStrategy: createAppAuth,
    auth: { appId: app?.appId, privateKey: app?.privateKey },
    baseUrl: github.apiUrl,
    userAgent: "handback doctor",
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
}

function covers(given: string | undefined, wanted: string): boolean {
  const levels = ["read", "write", "admin"];
  return levels.indexOf(given ?? "") >= levels.indexOf(wanted);
}

const appSchema = z.object({
  slug: z.string(),
  permissions: z.record(z.string(), z.string().optional()),
  events: z.array(z.string()),
});

const deliveriesSchema = z.array(
  z.object({ status_code: z.number(), status: z.string(), delivered_at: z.string() }),
);

const manifestSchema = z.object({
  default_permissions: z.record(z.string(), z.string()),
  default_events: z.array(z.string()),
});

const manifestFile = path.join(import.meta.dirname, "../../app.yml");
