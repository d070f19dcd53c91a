import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigurationError } from "../errors.ts";
import { demoOwner, startDemoWorld } from "./demo-world.ts";
import { demoIssues } from "./issues.ts";

/** `handback local-github`: a GitHub with the sample repositories until Ctrl-C, and the environment that points Handback at it. */
export async function serveLocalGitHub(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: "string", default: "4000" },
      webhooks: { type: "string", default: "http://127.0.0.1:3000" },
    },
  });
  const directory = await mkdtemp(path.join(tmpdir(), "handback-local-github-"));
  try {
    await using world = await startDemoWorld({
      directory,
      liveModel: null,
      logLevel: "info",
      githubPort: portFrom(values.port),
    });
    world.connect(values.webhooks);
    const { app, github, model } = world.config;
    for (const { author, repository, title, body } of demoIssues) {
      await world.github.as(author).openIssue(`${demoOwner}/${repository}`, { title, body });
    }
    const [first] = demoIssues;
    const token = world.github.createUserToken(first?.author ?? demoOwner);
    process.stdout.write(
      [
        `A local GitHub with sample repositories: ${github.serverUrl}`,
        "For a Handback that works with it (the model is the demo's scripted one):",
        "",
        `export GITHUB_API_URL=${github.apiUrl} GITHUB_SERVER_URL=${github.serverUrl}`,
        `export APP_ID=${app?.appId} WEBHOOK_SECRET=${app?.webhookSecret}`,
        `export PRIVATE_KEY=${Buffer.from(app?.privateKey ?? "").toString("base64")}`,
        `export ANTHROPIC_BASE_URL=${model.baseUrl} ANTHROPIC_API_KEY=${model.apiKey}`,
        "",
        "Then put the label on the first of its issues, and watch it on the page:",
        "",
        `curl -H 'Authorization: token ${token}' ${github.apiUrl}/repos/${demoOwner}/basket/issues/1/labels -d '{"labels":["${world.config.label}"]}'`,
        "",
        `Webhooks go to ${values.webhooks}. Ctrl-C ends it.`,
        "",
      ].join("\n"),
    );
    await new Promise<void>((resolve) => {
      for (const name of ["SIGINT", "SIGTERM"]) process.once(name, () => resolve());
    });
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function portFrom(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new ConfigurationError("usage.port", `--port ${text} is not a port.`, {
    mend: "Give a number from 0 to 65535.",
  });
}
