import fc from "fast-check";
import { expect, test } from "vitest";
import type { GitHubRepository } from "../../src/github/github.ts";
import { OutgoingText } from "../../src/github/outgoing-text.ts";
import { HostSecrets } from "../../src/host-secrets.ts";
import { pushBranch } from "../local-github/support/test-github.ts";
import { livingPartsOf } from "./support/living-parts.ts";
import { runOnLocalGitHub } from "./support/run-on-local-github.ts";

/** What hostile texts are made of: each does something on GitHub when it stands alone. */
const tricks = [
  "@bob",
  "\\@bob",
  "&commat;bob",
  "&#64;bob",
  "@acme/owners",
  "fixes #1",
  "Closes: acme/widgets#1",
  "resolve\u00a0GH-1",
  "fixes https://github.com/acme/widgets/issues/1",
  "![x](https://evil.example/beacon.png)",
  '<img src="https://evil.example/x.png" onerror=alert(1)>',
  "<picture><source srcset=//evil.example/x></picture>",
  '<video src="https://evil.example/v.mp4"></video>',
  "[click](https://evil.example/)",
  "[click](javascript:alert(1))",
  "[click][r]\n\n[r]: https://evil.example/",
  "![x][i]\n\n[i]: https://evil.example/i.png",
  "https://evil.example/?leak=1",
  "www.evil.com",
  "<https://evil.example/>",
  "<details open><summary>x</summary>",
  "<!-- handback:r1:status -->",
  "```\n@bob",
  "~~~",
  "`",
  "``",
  "\\",
  "\n",
  "\n\n    ",
  "> ",
  "- ",
  "| a | b |\n|-|-|\n| ",
  "<",
  ">",
  "[",
  "](",
  ")",
  "\u202e",
  "\u200b",
  "word ",
];
const hostile = fc
  .array(fc.constantFrom(...tricks), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(""));

test("no text of hostile parts comes alive behind the gate", () => {
  const linkPrefix = "https://github.com/acme/widgets";
  const text = new OutgoingText({ linkPrefix, secrets: new HostSecrets(), onRefusal: () => {} });
  fc.assert(
    fc.property(hostile, (body) => {
      expect(livingPartsOf(text.body("a comment", body), linkPrefix)).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

test("whatever a model writes, what the publisher sends loads, notifies, closes and links nothing", async () => {
  const { server, repository, life } = await runOnLocalGitHub({ secrets: [] });
  const headSha = await pushBranch(server, "mine", { "a.txt": "a\n" });
  const { publisher } = await life();
  const texts = fc.sample(hostile, { numRuns: 100, seed: 20_261_128 });
  const take = (): string => texts.splice(0, 5).join("\n\n");
  const { number } = await publisher.ensurePullRequest({
    title: `fixes #1 @bob ${take()}`,
    body: take(),
    head: "mine",
    base: "main",
    closes: null,
  });
  for (let n = 1; n <= 4; n += 1) {
    await publisher.ensureReview(n, number, {
      commitSha: headSha,
      body: take(),
      event: "COMMENT",
      comments: [{ path: "a.txt", line: 1, side: "RIGHT", body: take() }],
    });
  }
  await publisher.ensureNote("1", 1, take());
  const sent = await everyBody(repository, number);
  expect(sent.length).toBeGreaterThan(9);
  for (const body of sent) expect(livingPartsOf(body, repository.htmlUrl)).toEqual([]);
  const { title } = (await repository.getPull(number))!;
  expect(title).not.toMatch(/@bob|fixes #/);
  expect(title.length).toBeLessThanOrEqual(200);
});

async function everyBody(repository: GitHubRepository, pullNumber: number): Promise<string[]> {
  const [comments, reviews, threads, pull] = await Promise.all([
    repository.listComments(1),
    repository.listReviews(pullNumber),
    repository.listReviewThreads(pullNumber),
    repository.getPull(pullNumber),
  ]);
  return [
    ...comments.map(({ body }) => body),
    ...reviews.map(({ body }) => body),
    ...threads.flatMap((thread) => thread.comments.map(({ body }) => body)),
    pull!.body,
  ];
}

test("the eye that judges here sees what is alive", () => {
  const prefix = "https://github.com/acme/widgets";
  for (const alive of [
    "@bob",
    "fixes #1",
    "![x](https://evil.example/i.png)",
    "<img src=x>",
    "www.evil.com",
    "[x](https://evil.example/)",
  ]) {
    expect(livingPartsOf(alive, prefix), alive).not.toEqual([]);
  }
});

test("a body never has more characters than GitHub takes, and a secret in it is cut out and told once", async () => {
  const secret = "ghs_0123456789abcdefghijABCDEFGHIJ";
  const { repository, life } = await runOnLocalGitHub({ secrets: [secret] });
  const { publisher, refusals } = await life();
  await publisher.ensureNote(
    "1",
    1,
    `It is ${secret}, or ${Buffer.from(secret).toString("base64")}.\n${"x".repeat(80_000)}`,
  );
  await publisher.ensureNote("2", 1, `Once more: ${secret.split("").join(" ")}`);
  await publisher.flush();
  const bodies = (await repository.listComments(1)).map(({ body }) => body);
  expect(bodies[0]).toContain("It is [removed by Handback: a secret of the host]");
  expect(bodies[0]!.length).toBeLessThanOrEqual(65_536);
  expect(bodies[1]).toContain("Once more: [removed by Handback: a secret of the host]");
  expect(refusals()).toEqual([
    {
      rule: "secret",
      what: expect.stringContaining("was taken out of a comment"),
      mend: expect.stringContaining("replace the secret"),
    },
  ]);
});

test("a title that would notify and close is told on the status comment", async () => {
  const { server, life } = await runOnLocalGitHub();
  await pushBranch(server, "mine", { "a.txt": "a\n" });
  const { publisher, refusals } = await life();
  await publisher.ensurePullRequest({
    title: "Fixes #1 for @bob",
    body: "Plain.",
    head: "mine",
    base: "main",
    closes: null,
  });
  await publisher.flush();
  expect(refusals()).toMatchObject([
    { rule: "markdown", what: expect.stringContaining("the pull request's title") },
  ]);
});
