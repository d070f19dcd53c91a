import { mkdir } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { sharedContract } from "./contract/contract.ts";
import { GitStore } from "./git/git-store.ts";
import { answerGraphql } from "./graphql/graphql-api.ts";
import { Faults } from "./http/faults.ts";
import { GitHttp } from "./http/git-http.ts";
import { RateLimits } from "./http/rate-limits.ts";
import { RestApi, type ApiRequest, type RawAnswer } from "./http/rest-api.ts";
import { createListener, type Handlers } from "./http/listener.ts";
import { Tokens } from "./http/tokens.ts";
import type { Violation } from "./http/violations.ts";
import type { LocalGitHubPages } from "./local-github-pages.ts";
import { LocalGitHub } from "./local-github.ts";
import { PendingManifests } from "./http/pending-manifests.ts";
import { servedRoutes } from "./routes/served-routes.ts";
import { LocalGitHubState } from "./state/local-github-state.ts";
import { WebhookSender } from "./webhooks/webhook-sender.ts";
import type { World } from "./world.ts";

export type LocalGitHubOptions = {
  /** Where the bare repositories go: `directory/owner/name.git`. All else is in memory. */
  directory: string;
  /** 0 (any free one) unless given. */
  port?: number;
  host?: string;
  clock?: { now(): Date };
  /**
   * What becomes of requests, answers and webhooks that are not as GitHub describes them. `throw` (the default):
   * recorded, a wrong request is answered with 400, and `close` fails. `record`: recorded only. `off`: not looked at.
   */
  validate?: "throw" | "record" | "off";
  /** HTML for people; without it there are no pages. */
  pages?: LocalGitHubPages;
};

/** A GitHub on this machine: API at `${url}/api/v3`, GraphQL at `${url}/api/graphql`, git and pages at `${url}`. */
export async function startLocalGitHub(options: LocalGitHubOptions): Promise<LocalGitHub> {
  const { host = "127.0.0.1", validate = "throw", directory } = options;
  await mkdir(directory, { recursive: true });
  const now = (): Date => options.clock?.now() ?? new Date();
  const contract = sharedContract();
  const violations: Violation[] = [];
  const errors: unknown[] = [];
  const report = (violation: Violation): void => void violations.push(violation);

  const server = createServer();
  // A push, or a caller in a debugger, may take longer than Node's default of five minutes.
  server.requestTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, host, resolve);
  });
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;

  const state = new LocalGitHubState();
  const checkWebhook = (name: string, payload: unknown): void => {
    const problems = validate === "off" ? [] : contract.checkWebhook(name, payload);
    if (problems.length > 0) report({ kind: "webhook", where: name, problems });
  };
  const webhooks = new WebhookSender({ state, now, check: checkWebhook });
  const world: World = { state, git: new GitStore(), webhooks, now, url, apiUrl: `${url}/api/v3` };
  const tokens = new Tokens(now);
  const limits = new RateLimits(now);
  const faults = new Faults();
  const manifests = new PendingManifests();
  const rest = new RestApi({
    world,
    tokens,
    limits,
    manifests,
    routes: servedRoutes,
    contract,
    validate,
    report,
  });
  const handlers: Handlers = {
    rest: (request) => rest.answer(request),
    graphql: (request) => answerGraphql(request, { world, tokens, limits }),
    git: new GitHttp({ world, tokens }),
    page: (request) => answerPage(request, world, options.pages),
    faults,
    onError: (error) => void errors.push(error),
  };
  server.on("request", createListener(handlers));
  return new LocalGitHub({
    world,
    server,
    directory,
    tokens,
    limits,
    faults,
    violations,
    errors,
    manifests,
    throwsViolations: validate === "throw",
  });
}

async function answerPage(
  request: ApiRequest,
  world: World,
  pages: LocalGitHubPages | undefined,
): Promise<RawAnswer> {
  const given = new Request(request.url, { method: request.method === "HEAD" ? "GET" : request.method });
  const { state, git, url, now } = world;
  const response = await pages?.(given, { state, git, url, now });
  if (!response)
    return { status: 404, headers: { "content-type": "text/plain" }, body: Buffer.from("Not Found\n") };
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  };
}
