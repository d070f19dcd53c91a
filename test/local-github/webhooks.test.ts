import { expect, test } from "vitest";
import { asApp, startTestGitHub } from "./support/test-github.ts";

const name = "acme/widgets";

test("a webhook carries GitHub's headers and a signature over the raw body", async () => {
  const { github, receiver, app } = await startTestGitHub();

  await github.as("alice").openIssue(name, { title: "ünïcode 👀" });
  await github.webhooksSettled();

  const [received] = receiver.received;
  expect(received?.signatureIsGood).toBe(true);
  expect(received?.headers).toMatchObject({
    "content-type": "application/json",
    "user-agent": expect.stringMatching(/^GitHub-Hookshot\//),
    "x-github-delivery": expect.stringMatching(/^[0-9a-f-]{36}$/),
    "x-github-event": "issues",
    "x-github-hook-id": expect.stringMatching(/^\d+$/),
    "x-github-hook-installation-target-id": String(app.appId),
    "x-github-hook-installation-target-type": "integration",
  });
  expect(received?.payload).toMatchObject({
    installation: { id: expect.any(Number) },
    sender: { login: "alice" },
  });
});

test("deliveries are listed, and sent again only on demand, under the same id", async () => {
  const world = await startTestGitHub();
  const { github, receiver } = world;
  const app = asApp(world);
  receiver.status = 500;
  await github.as("alice").openIssue(name, { title: "x" });
  await github.webhooksSettled();
  const [failed] = (await app.rest.apps.listWebhookDeliveries({ per_page: 1 })).data;

  expect(failed).toMatchObject({ event: "issues", action: "opened", status_code: 500, redelivery: false });
  expect(receiver.received).toHaveLength(1);
  receiver.status = 200;
  await app.rest.apps.redeliverWebhookDelivery({ delivery_id: failed!.id });
  await github.webhooksSettled();

  expect(receiver.received).toHaveLength(2);
  expect(receiver.received[1]?.headers["x-github-delivery"]).toBe(failed!.guid);
  expect(receiver.received[1]?.payload).toEqual(receiver.received[0]?.payload);
  const [again] = (await app.rest.apps.listWebhookDeliveries({ per_page: 1 })).data;
  expect(again).toMatchObject({ guid: failed!.guid, status_code: 200, redelivery: true });
  const { data } = await app.rest.apps.getWebhookDelivery({ delivery_id: failed!.id });
  expect(data).toMatchObject({ request: { payload: { action: "opened" } }, response: { payload: "thanks" } });
});

test("deliveries come in pages with a cursor", async () => {
  const world = await startTestGitHub();
  for (const title of ["a", "b", "c"]) await world.github.as("alice").openIssue(name, { title });
  await world.github.webhooksSettled();

  const seen: number[] = [];
  const app = asApp(world);
  for await (const { data } of app.paginate.iterator(app.rest.apps.listWebhookDeliveries, { per_page: 2 })) {
    seen.push(...data.map((delivery) => delivery.id));
  }
  expect(seen).toHaveLength(new Set(seen).size);
  expect(seen.length).toBe(world.github.state.deliveries.length);
});

test("a receiver that is not there is recorded, and holds nobody up", async () => {
  const world = await startTestGitHub();
  const { github, app } = world;
  github.setWebhook(app.appId, { url: "http://127.0.0.1:1/", secret: "s" });

  await github.as("alice").openIssue(name, { title: "x" });
  await github.webhooksSettled();

  const [delivery] = (await asApp(world).rest.apps.listWebhookDeliveries()).data;
  expect(delivery).toMatchObject({ status_code: 0, status: "failed to connect to host" });
});

test("an App hears only what it subscribed to, and learns of its installation", async () => {
  const { github, receiver } = await startTestGitHub();
  const other = await github.createApp({
    name: "Deaf",
    webhookUrl: receiver.url,
    webhookSecret: "another",
    permissions: { issues: "read" },
    events: ["push"],
  });
  github.installApp(other.appId, [name]);
  await github.as("alice").openIssue(name, { title: "x" });
  await github.webhooksSettled();

  const heard = github.state.deliveries.filter((one) => one.app.id === other.appId);
  expect(heard.map(({ event, action }) => [event, action])).toEqual([
    ["ping", null],
    ["installation", "created"],
  ]);
});

test("the App's webhook can be read and moved over the API", async () => {
  const world = await startTestGitHub();
  const app = asApp(world);

  expect((await app.rest.apps.getWebhookConfigForApp()).data).toMatchObject({
    url: world.receiver.url,
    secret: "********",
  });
  // Octokit takes a parameter named `url` for the address to call, so this one is called by hand.
  const { token } = (await app.auth({ type: "app" })) as { token: string };
  await fetch(`${world.github.apiUrl}/app/hook/config`, {
    method: "PATCH",
    headers: { authorization: `bearer ${token}` },
    body: JSON.stringify({ url: "http://127.0.0.1:1/moved" }),
  });
  expect((await app.rest.apps.getWebhookConfigForApp()).data.url).toBe("http://127.0.0.1:1/moved");
});
