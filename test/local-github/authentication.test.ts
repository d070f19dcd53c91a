import { createSign } from "node:crypto";
import { expect, test } from "vitest";
import { asApp, asPerson, mintToken, startTestGitHub, type TestGitHub } from "./support/test-github.ts";

const repo = { owner: "acme", repo: "widgets" };

test("an App's own token is checked: signature, life of ten minutes at most, not from the future", async () => {
  const world = await startTestGitHub();
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: world.app.appId, iat: now - 60, exp: now + 540 };

  expect(await statusOf(world, jwt(world, good))).toBe(200);
  expect(await statusOf(world, jwt(world, { ...good, exp: now + 660 }))).toBe(401);
  expect(await statusOf(world, jwt(world, { ...good, exp: now - 1 }))).toBe(401);
  expect(await statusOf(world, jwt(world, { ...good, iat: now + 60 }))).toBe(401);
  expect(await statusOf(world, jwt(world, { ...good, iss: 1 }))).toBe(401);
  expect(await statusOf(world, `${jwt(world, good).slice(0, -8)}AAAAAAAA`)).toBe(401);
});

test("unknown, revoked and outdated tokens are bad credentials", async () => {
  let now = new Date();
  const world = await startTestGitHub({ clock: { now: () => now } });
  const revoked = await mintToken(world);
  const kept = await mintToken(world);
  const call = (token: string, path: string, method = "GET"): Promise<Response> =>
    fetch(world.github.apiUrl + path, { method, headers: { authorization: `token ${token}` } });

  expect((await call(revoked, "/installation/token", "DELETE")).status).toBe(204);
  expect((await call(revoked, "/repos/acme/widgets")).status).toBe(401);
  expect(await (await call("nonsense", "/repos/acme/widgets")).json()).toMatchObject({
    message: "Bad credentials",
  });
  expect((await call(kept, "/repos/acme/widgets")).status).toBe(200);
  now = new Date(now.getTime() + 61 * 60 * 1000);
  expect((await call(kept, "/repos/acme/widgets")).status).toBe(401);
});

test("a token can be narrowed to repositories and permissions, and does no more than that", async () => {
  const world = await startTestGitHub({ private: true });
  await world.github.createRepository({ fullName: "acme/secret", private: true });
  world.github.addToInstallation(world.installation, "acme/secret");
  const { data } = await asApp(world).rest.apps.createInstallationAccessToken({
    installation_id: world.installation.id,
    repositories: ["widgets"],
    permissions: { contents: "read" },
  });
  const { Octokit } = await import("@octokit/rest");
  const narrow = new Octokit({ baseUrl: world.github.apiUrl, auth: data.token, log: silent });

  expect(data).toMatchObject({ permissions: { contents: "read" }, repository_selection: "selected" });
  expect(data.repositories?.map((one) => one.full_name)).toEqual(["acme/widgets"]);
  expect((await narrow.rest.apps.listReposAccessibleToInstallation()).data.total_count).toBe(1);
  expect((await narrow.rest.repos.getContent({ ...repo, path: "README.md" })).status).toBe(200);
  await expect(narrow.rest.issues.listForRepo(repo)).rejects.toMatchObject({ status: 403 });
  await expect(narrow.rest.issues.create({ ...repo, title: "x" })).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining("Resource not accessible by integration"),
  });
  await expect(narrow.rest.repos.get({ owner: "acme", repo: "secret" })).rejects.toMatchObject({
    status: 404,
  });
});

test("a token cannot get more than the installation has", async () => {
  const world = await startTestGitHub();
  const ask = (given: object): Promise<unknown> =>
    asApp(world).rest.apps.createInstallationAccessToken({
      installation_id: world.installation.id,
      ...given,
    });

  await expect(ask({ permissions: { workflows: "write" } })).rejects.toMatchObject({ status: 422 });
  await expect(ask({ permissions: { statuses: "write" } })).rejects.toMatchObject({ status: 422 });
  await expect(ask({ repositories: ["nowhere"] })).rejects.toMatchObject({ status: 422 });
});

test("a private repository is not there for strangers, and a public one can be read by all", async () => {
  const world = await startTestGitHub({ private: true });
  await world.github.createRepository({ fullName: "acme/open" });

  await expect(asPerson(world, "bob").rest.repos.get(repo)).rejects.toMatchObject({ status: 404 });
  expect((await asPerson(world, "alice").rest.repos.get(repo)).data.private).toBe(true);
  expect((await fetch(`${world.github.apiUrl}/repos/acme/open`)).status).toBe(200);
  const outside = world.octokit.rest.issues.create({ owner: "acme", repo: "open", title: "x" });
  await expect(outside).rejects.toMatchObject({ status: 403 });
});

test("the permission endpoint tells the truth about everybody", async () => {
  const world = await startTestGitHub();
  world.github.setCollaborator("acme/widgets", "tria", "triage");
  world.github.setCollaborator("acme/widgets", "mary", "maintain");
  await world.github.createRepository({ fullName: "acme/secret", private: true });
  world.github.addToInstallation(world.installation, "acme/secret");
  const level = async (username: string, name = "widgets"): Promise<string[]> => {
    const { data } = await world.octokit.rest.repos.getCollaboratorPermissionLevel({
      ...repo,
      repo: name,
      username,
    });
    return [data.permission, data.role_name];
  };

  expect(await level("acme")).toEqual(["admin", "admin"]);
  expect(await level("alice")).toEqual(["write", "write"]);
  expect(await level("mary")).toEqual(["write", "maintain"]);
  expect(await level("tria")).toEqual(["read", "triage"]);
  expect(await level("bob")).toEqual(["read", "read"]);
  expect(await level("bob", "secret")).toEqual(["none", "none"]);
  await expect(level("nobody")).rejects.toMatchObject({ status: 404 });
});

test("an installation is not a user, and knows where it is", async () => {
  const world = await startTestGitHub();

  await expect(world.octokit.rest.users.getAuthenticated()).rejects.toMatchObject({ status: 403 });
  expect((await asPerson(world, "bob").rest.users.getAuthenticated()).data.login).toBe("bob");
  const app = asApp(world);
  expect((await app.rest.apps.getAuthenticated()).data).toMatchObject({
    slug: "handback-test",
    installations_count: 1,
  });
  expect((await app.rest.apps.getRepoInstallation(repo)).data.id).toBe(world.installation.id);
  expect((await app.rest.apps.listInstallations()).data).toHaveLength(1);
  expect((await app.rest.apps.getInstallation({ installation_id: world.installation.id })).status).toBe(200);
  expect((await app.rest.apps.getUserInstallation({ username: "acme" })).status).toBe(200);
  expect((await world.octokit.rest.apps.getBySlug({ app_slug: "handback-test" })).status).toBe(200);
  expect((await world.octokit.rest.users.getByUsername({ username: "handback-test[bot]" })).data.type).toBe(
    "Bot",
  );
  expect((await world.octokit.rest.meta.get()).status).toBe(200);
});

test("an App is made from a manifest, once", async () => {
  const world = await startTestGitHub();
  const code = world.github.acceptManifest(
    {
      name: "From Manifest",
      hook_attributes: { url: world.receiver.url },
      default_permissions: { issues: "write" },
      default_events: ["issues"],
    },
    "alice",
  );
  const { Octokit } = await import("@octokit/rest");
  const anybody = new Octokit({ baseUrl: world.github.apiUrl, log: silent });

  const { data } = await anybody.rest.apps.createFromManifest({ code });
  expect(data).toMatchObject({ slug: "from-manifest", permissions: { issues: "write" }, events: ["issues"] });
  expect(data.pem).toContain("BEGIN RSA PRIVATE KEY");
  await expect(anybody.rest.apps.createFromManifest({ code })).rejects.toMatchObject({ status: 404 });
});

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

function jwt({ app }: TestGitHub, claims: object): string {
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${encode({ alg: "RS256", typ: "JWT" })}.${encode(claims)}`;
  return `${unsigned}.${createSign("RSA-SHA256").update(unsigned).sign(app.privateKey, "base64url")}`;
}

async function statusOf({ github }: TestGitHub, token: string): Promise<number> {
  return (await fetch(`${github.apiUrl}/app`, { headers: { authorization: `Bearer ${token}` } })).status;
}
