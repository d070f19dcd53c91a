import { generateKeyPairSync } from "node:crypto";
import nock from "nock";
import { onTestFinished } from "vitest";
import { OctokitGitHub } from "../../src/github/octokit-github.ts";
import type { RequestPolicy } from "../../src/github/request-policy.ts";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const appKey = privateKey.export({ type: "pkcs1", format: "pem" }).toString();

/**
 * The one door for HTTP that never leaves the process: api.github.com as the adapter sees it, where a test needs headers and
 * failures to the letter. Installation 1 is on acme/shop; tokens are minted as `ghs_1`, `ghs_2`, …
 */
export function mockGitHub(policy: Partial<RequestPolicy> = {}) {
  nock.disableNetConnect();
  const api = nock("https://api.github.com");
  let minted = 0;
  const tokenRequests: unknown[] = [];
  api.get("/app").optionally().times(9).reply(200, { slug: "handback" });
  api
    .post("/app/installations/1/access_tokens")
    .optionally()
    .times(99)
    .reply(201, async (request: Request) => {
      tokenRequests.push(await request.json());
      return { token: `ghs_${++minted}`, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    });
  onTestFinished(() => {
    nock.cleanAll();
    nock.enableNetConnect();
  });

  const waits: number[] = [];
  const github = new OctokitGitHub({
    apiUrl: "https://api.github.com",
    serverUrl: "https://github.com",
    appId: 7,
    privateKey: appKey,
    policy: {
      sleep: async (ms) => void waits.push(ms),
      ...policy,
    },
  });
  const repository = () => github.repository({ owner: "acme", name: "shop", installationId: 1 });
  return { api, github, repository, waits, tokenRequests, minted: () => minted };
}
