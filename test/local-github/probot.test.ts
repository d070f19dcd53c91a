import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createNodeMiddleware, Probot, ProbotOctokit } from "probot";
import { expect, onTestFinished, test } from "vitest";
import { startTestGitHub, webhookSecret } from "./support/test-github.ts";

test("a Probot app hears of an issue and answers it", async () => {
  const { github, app } = await startTestGitHub();
  const probot = new Probot({
    appId: app.appId,
    privateKey: app.privateKey,
    secret: webhookSecret,
    baseUrl: github.apiUrl,
    logLevel: "fatal",
    Octokit: ProbotOctokit.defaults((options: object) => ({ ...options, throttle: { enabled: false } })),
  });
  const middleware = await createNodeMiddleware(
    (given) => {
      given.on("issues.opened", async (context) => {
        await context.octokit.rest.issues.createComment(context.issue({ body: "I am on it." }));
      });
    },
    { probot, webhooksPath: "/webhooks" },
  );
  const server = createServer((request, response) => void middleware(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;
  github.setWebhook(app.appId, { url, secret: webhookSecret });

  const issue = await github.as("alice").openIssue("acme/widgets", { title: "Help" });
  await github.webhooksSettled();

  expect(issue.comments.map(({ author, body }) => [author.login, body])).toEqual([
    ["handback-test[bot]", "I am on it."],
  ]);
  expect(github.state.deliveries.at(-2)).toMatchObject({ event: "issues", statusCode: 200 });
});
