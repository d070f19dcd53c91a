import { OctokitGitHub } from "../../src/github/octokit-github.ts";
import { gitHubContract } from "../contract/github.contract.ts";

gitHubContract("OctokitGitHub", ({ github, app }) => {
  return new OctokitGitHub({
    apiUrl: github.apiUrl,
    serverUrl: github.url,
    appId: app.appId,
    privateKey: app.privateKey,
    policy: { timeoutMs: 2000, backoffMs: [20, 50] },
  });
});
