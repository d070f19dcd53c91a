import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { readConfig, type Config } from "../config.ts";
import { localGitHubPages } from "../local-github/pages/pages.ts";
import type { LocalGitHub } from "../local-github/local-github.ts";
import { startLocalGitHub } from "../local-github/start-local-github.ts";
import { demoIssues } from "./issues.ts";
import { makeSampleRepository } from "./sample-repository.ts";
import { startScriptedModel } from "./scripted-model.ts";
import { demoScript } from "./scripts/demo-script.ts";

/** A whole world on this machine: a GitHub with the sample repositories and the App installed, and a model. */
export interface DemoWorld extends AsyncDisposable {
  readonly github: LocalGitHub;
  /** For a Handback that works in this world. */
  readonly config: Config;
  /** Tells GitHub where the App's webhooks go. */
  connect(handbackUrl: string): void;
}

export const demoOwner = "harbour-works";

export async function startDemoWorld(options: {
  /** Empty; all that the world has on disk. */
  directory: string;
  /** null: the scripted model server. */
  liveModel: { apiKey: string; baseUrl: string | null } | null;
  logLevel: string;
  githubPort?: number;
  /** Milliseconds between two events of the scripted model's stream. */
  modelDelayMs?: number;
  validate?: "throw" | "record";
}): Promise<DemoWorld> {
  const { directory, liveModel } = options;
  await using started = new AsyncDisposableStack();
  const github = started.use(
    await startLocalGitHub({
      directory: path.join(directory, "github"),
      pages: localGitHubPages,
      validate: options.validate ?? "record",
      ...(options.githubPort === undefined ? {} : { port: options.githubPort }),
    }),
  );
  for (const name of ["basket", "tideline"] as const) {
    const sample = await makeSampleRepository({ name, directory: path.join(directory, "samples") });
    await github.createRepository({ fullName: `${demoOwner}/${name}`, source: sample.gitDir });
  }
  for (const { author, repository } of demoIssues) {
    github.createUser({ login: author });
    github.setCollaborator(`${demoOwner}/${repository}`, author, "write");
  }
  const manifest = manifestSchema.parse(parse(await readFile(manifestFile, "utf8")));
  const webhookSecret = crypto.randomUUID();
  const app = await github.createApp({
    name: manifest.name,
    permissions: manifest.default_permissions,
    events: manifest.default_events,
  });
  github.installApp(app.appId, [`${demoOwner}/basket`, `${demoOwner}/tideline`]);

  let model = liveModel;
  if (model === null) {
    const scripted = await startScriptedModel({ script: demoScript, delayMs: options.modelDelayMs ?? 0 });
    started.defer(() => scripted.close());
    model = { apiKey: scripted.apiKey, baseUrl: scripted.url };
  }
  const config = readConfig({
    HANDBACK_DATA: path.join(directory, "handback"),
    APP_ID: String(app.appId),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: webhookSecret,
    GITHUB_API_URL: github.apiUrl,
    GITHUB_SERVER_URL: github.url,
    ANTHROPIC_API_KEY: model.apiKey,
    ANTHROPIC_BASE_URL: model.baseUrl ?? undefined,
    PORT: "0",
    WORKER_CONCURRENCY: "3",
    LOG_LEVEL: options.logLevel,
  });
  const running = started.move();
  return {
    github,
    config,
    connect: (handbackUrl) =>
      github.setWebhook(app.appId, { url: `${handbackUrl}/api/github/webhooks`, secret: webhookSecret }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

const manifestFile = path.join(import.meta.dirname, "../../app.yml");

const manifestSchema = z.object({
  name: z.string(),
  default_permissions: z.record(z.string(), z.enum(["read", "write", "admin"])),
  default_events: z.array(z.string()),
});
