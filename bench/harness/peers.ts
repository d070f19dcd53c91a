import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A harness of others that the bench runs from its published package. */
export interface Peer {
  readonly name: string;
  readonly package: string;
  readonly version: string;
  /** What npm brings beside it for this platform, where the program itself lives. */
  program(folder: string): string;
  /** Without the program; `home` holds what `files` says. */
  arguments(prompt: string): string[];
  environment(server: Endpoint): Record<string, string>;
  /** Configuration in its home folder, by path. */
  files(server: Endpoint): Record<string, string>;
}

export interface Endpoint {
  readonly url: string;
  readonly apiKey: string;
}

/** One model for all, so that the same minimum of the cache holds for all. */
export const benchModel = "claude-sonnet-5-5";

const claudeCode = {
  package: "@anthropic-ai/claude-code",
  version: "2.1.330",
  program: (folder: string) =>
    join(folder, `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}/claude`),
  environment: ({ url, apiKey }: Endpoint) => ({
    ANTHROPIC_BASE_URL: url,
    ANTHROPIC_API_KEY: apiKey,
    IS_SANDBOX: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_AUTOUPDATER: "1",
    DISABLE_TELEMETRY: "1",
  }),
  files: () => ({}),
};
const claudeArguments = (prompt: string) => [
  "-p",
  prompt,
  "--dangerously-skip-permissions",
  "--model",
  benchModel,
  "--output-format",
  "json",
];

export const peers: readonly Peer[] = [
  { ...claudeCode, name: "Claude Code", arguments: claudeArguments },
  {
    ...claudeCode,
    name: "Claude Code --bare",
    arguments: (prompt) => [...claudeArguments(prompt), "--bare"],
  },
  {
    name: "pi",
    package: "@earendil-works/pi-coding-agent",
    version: "0.87.1",
    program: (folder) => join(folder, "node_modules/.bin/pi"),
    arguments: (prompt) => [
      "-p",
      "--no-session",
      "--offline",
      "--provider",
      "anthropic",
      "--model",
      benchModel,
      prompt,
    ],
    environment: ({ apiKey }) => ({ ANTHROPIC_API_KEY: apiKey, PI_OFFLINE: "1" }),
    files: ({ url, apiKey }) => ({
      ".pi/agent/models.json": JSON.stringify({ providers: { anthropic: { baseUrl: url, apiKey } } }),
    }),
  },
  {
    name: "opencode",
    package: "opencode-ai",
    version: "1.18.33",
    program: (folder) =>
      join(folder, `node_modules/opencode-${process.platform}-${process.arch}/bin/opencode`),
    arguments: (prompt) => ["run", "--auto", "--model", `anthropic/${benchModel}`, prompt],
    environment: () => ({ OPENCODE_DISABLE_AUTOUPDATE: "1", OPENCODE_DISABLE_MODELS_FETCH: "1" }),
    files: ({ url, apiKey }) => ({
      ".config/opencode/opencode.json": JSON.stringify({
        autoupdate: false,
        share: "disabled",
        provider: {
          anthropic: {
            options: { baseURL: `${url}/v1`, apiKey },
            models: { [benchModel]: { name: benchModel, limit: { context: 1_000_000, output: 32_000 } } },
          },
        },
      }),
    }),
  },
];

export async function writeConfiguration(peer: Peer, home: string, server: Endpoint): Promise<void> {
  for (const [path, text] of Object.entries(peer.files(server))) {
    await mkdir(dirname(join(home, path)), { recursive: true });
    await writeFile(join(home, path), text);
  }
}
