import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { localGitHubPages } from "../../../src/local-github/pages/pages.ts";
import { startLocalGitHub } from "../../../src/local-github/start-local-github.ts";
import { makeSource } from "./page-world.ts";

async function startMounted() {
  const directory = await mkdtemp(path.join(tmpdir(), "handback-mounted-"));
  const github = await startLocalGitHub({
    directory: path.join(directory, "github"),
    pages: localGitHubPages,
  });
  onTestFinished(async () => {
    await github.close();
    await rm(directory, { recursive: true, force: true });
  });
  const source = await makeSource(path.join(directory, "source"), [
    { message: "Begin", files: { "README.md": "# Mounted\n" } },
    { branch: "change", message: "Add a line", files: { "README.md": "# Mounted\n\nA line.\n" } },
  ]);
  await github.createRepository({ fullName: "acme/site", source, defaultBranch: "main" });
  github.createUser({ login: "ada" });
  const get = (address: string) => fetch(`${github.url}${address}`, { headers: { accept: "text/html" } });
  return { github, get };
}

test("on the local GitHub's own server a pull request made by a person is there to read", async () => {
  const { github, get } = await startMounted();
  const issue = await github
    .as("ada")
    .openIssue("acme/site", { title: "A line is missing", body: "Please **add** it." });
  const body = `Closes #${issue.number}`;
  const pull = await github
    .as("ada")
    .openPull("acme/site", { title: "Add the line", body, head: "change", base: "main" });
  const number = pull.issue.number;
  const files = await (await get(`/acme/site/pull/${number}/files`)).text();
  expect(files).toMatch(/<tr class="added">[\s\S]*<code>A line\.<\/code>/);
  const conversation = await get(`/acme/site/pull/${number}`);
  expect(conversation.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await conversation.text()).toContain(`<a href="/acme/site/issues/1" class="reference"`);
  expect(await (await get("/acme/site/issues/1")).text()).toContain("<strong>add</strong>");
  expect((await get("/acme/site/issues/99")).status).toBe(404);
});

test("addresses with names that git would take for more than a name are not found, and do no harm", async () => {
  const { github, get } = await startMounted();
  const refs = [
    "--help",
    "-p",
    "HEAD~1",
    "main:README.md",
    "@{-1}",
    "a..b",
    "%00",
    "a%0Ab",
    "%20",
    "main^{tree}",
    "refs/heads",
    "*",
    ":(top)",
  ];
  for (const ref of refs) {
    for (const kind of ["tree", "blob", "raw", "commits"]) {
      const named = await get(`/acme/site/${kind}/${ref}`);
      expect([200, 404], `${kind}/${ref}`).toContain(named.status);
      expect((await get(`/acme/site/${kind}/main/${ref}`)).status, `${kind}/main/${ref}`).toBe(404);
    }
  }
  expect((await get("/acme/site/commit/0000000000000000000000000000000000000000")).status).toBe(404);
  github.assertNoViolations();
});
