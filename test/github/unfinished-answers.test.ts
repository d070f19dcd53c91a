import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { OctokitGitHub } from "../../src/github/octokit-github.ts";
import { appKey } from "./github-nock.ts";

const shop = JSON.stringify({
  default_branch: "main",
  archived: false,
  private: true,
  html_url: "https://x/acme/shop",
});

/** A GitHub whose answers about acme/shop come as the functions say, one after the other. */
async function startServer(answers: ((response: ServerResponse) => void)[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    if (request.url === "/app") return void response.end('{"slug":"handback"}');
    if (request.url?.endsWith("/access_tokens") === true) {
      return void response.writeHead(201).end('{"token":"ghs_1","expires_at":"2099-01-01T00:00:00Z"}');
    }
    asked.push(`${request.method} ${request.url}`);
    answers.shift()?.(response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const policy = { timeoutMs: 500, backoffMs: [10, 10] };
  const github = new OctokitGitHub({ apiUrl: url, serverUrl: url, appId: 7, privateKey: appKey, policy });
  const repository = await github.repository({ owner: "acme", name: "shop", installationId: 1 });
  return { repository, asked };
}

const never = (): void => {};
const whole = (response: ServerResponse): void => void response.end(shop);
const stalled = (response: ServerResponse): void => void response.write(shop.slice(0, 20));
const cut = (response: ServerResponse): void => {
  response.writeHead(200, { "content-length": shop.length });
  response.write(shop.slice(0, 20), () => response.destroy());
};

test.each([
  ["does not come", never],
  ["stops in the middle", stalled],
  ["is cut off in the middle", cut],
])("a read whose answer %s is tried again", async (_how, answer) => {
  const { repository, asked } = await startServer([answer, whole]);
  expect((await repository.getInfo()).defaultBranch).toBe("main");
  expect(asked).toHaveLength(2);
});

test.each([
  ["does not come", never],
  ["stops in the middle", stalled],
  ["is cut off in the middle", cut],
])("a write whose answer %s is not tried again, and is in doubt", async (_how, answer) => {
  const { repository, asked } = await startServer([answer, whole]);
  await expect(repository.createComment(1, "hello")).rejects.toMatchObject({
    code: "github.unreachable",
    fields: { status: 0, ambiguous: true },
  });
  expect(asked).toHaveLength(1);
});

test("a diff that is cut off is not taken for a short one", async () => {
  const diff = (response: ServerResponse): void => {
    response.setHeader("content-type", "application/vnd.github.diff; charset=utf-8");
    response.writeHead(200, { "content-length": 1000 });
    response.write("diff --git a/x b/x\n", () => response.destroy());
  };
  const { repository } = await startServer([diff, diff, diff]);
  await expect(repository.getPullDiff(1)).rejects.toMatchObject({ code: "github.unreachable" });
});
