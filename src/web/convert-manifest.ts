import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { Octokit } from "@octokit/rest";
import { z } from "zod";
import { silent } from "../github/app-tokens.ts";
import { asGitHubError } from "../github/github-failure.ts";

/** Exchanges GitHub's one-time code for the App's credentials and writes them to `app.env` (mode 0600) in `dataDir`. */
export async function convertManifest(options: {
  apiUrl: string;
  dataDir: string;
  code: string;
  userAgent?: string;
}): Promise<{ name: string; htmlUrl: string; path: string }> {
  const octokit = new Octokit({
    baseUrl: options.apiUrl,
    userAgent: options.userAgent ?? "handback",
    log: silent,
  });
  const made = await asGitHubError("create the App", async () => {
    const request = { signal: AbortSignal.timeout(20_000) };
    const { data } = await octokit.rest.apps.createFromManifest({ code: options.code, request });
    return conversion.parse(data);
  });

  await mkdir(options.dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(options.dataDir, "app.env");
  const lines = [
    "# Written when the GitHub App was created. Whoever reads this can act as the App.",
    `APP_ID=${made.id}`,
    `PRIVATE_KEY="${made.pem.trim().replaceAll("\n", "\\n")}"`,
    `WEBHOOK_SECRET="${made.webhook_secret}"`,
    `GITHUB_CLIENT_ID="${made.client_id}"`,
    `GITHUB_CLIENT_SECRET="${made.client_secret}"`,
  ];
  await writeFile(`${file}.new`, `${lines.join("\n")}\n`, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
  return { name: made.name, htmlUrl: made.html_url, path: file };
}

const conversion = z.object({
  id: z.number().int(),
  name: z.string(),
  html_url: z.string(),
  pem: z.string().min(1),
  webhook_secret: z.string().min(1),
  client_id: z.string(),
  client_secret: z.string(),
});
