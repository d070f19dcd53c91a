import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createReview } from "../../../src/local-github/actions/reviews.ts";
import { createRepository } from "../../../src/local-github/actions/repositories.ts";
import { startPages, type PagesServer } from "./page-world.ts";
import { buildRichPull } from "./rich-pull.ts";
import { dangers, tagsOf, unbalanced } from "./tags.ts";

let server: PagesServer;
let rich: Awaited<ReturnType<typeof buildRichPull>>;

beforeAll(async () => {
  server = await startPages();
  rich = await buildRichPull(server);
  await createRepository(server.world, path.join(server.folder), { fullName: "acme/empty" });
});
afterAll(() => server[Symbol.asyncDispose]());

/** What a person sees, tags away and white space folded. */
function textOf(page: string): string {
  const text = page.replace(/<head>[\s\S]*<\/head>/, "").replace(/<[^>]*>/g, " ");
  return text.replaceAll("&lt;", "<").replaceAll("&quot;", '"').replaceAll("&amp;", "&").replace(/\s+/g, " ");
}

test("the first page lists the repositories with their open issues and pull requests", async () => {
  const text = textOf(await server.html("/"));
  expect(text).toContain("Local GitHub — a stand-in on this machine, for tests and the demo");
  expect(text).toMatch(
    /acme\/till Splits a bill among guests, to the cent\. 1 open issue · 1 open pull request/,
  );
});

test("a repository shows its description, branches, files and README", async () => {
  const page = await server.html("/acme/till");
  expect(textOf(page)).toMatch(
    /main · 2 branches.*agent\/1-lost-cent.*src.*README\.md.*Splits a bill among guests, to the cent/,
  );
  expect(page).toContain("<strong>to the cent</strong>");
});

test("a repository without commits says so", async () => {
  expect(textOf(await server.html("/acme/empty"))).toContain("No commits yet on main");
});

test("an issue shows its text, labels, reactions, events and the edited status comment without its marker", async () => {
  const page = await server.html("/acme/till/issues/1");
  const text = textOf(page);
  expect(text).toMatch(/A cent gets lost when a bill is split #1 .*Open .*ada opened/);
  expect(text).toMatch(
    /jonas-berg added agent .*\/agent do it.*👀 1.*handback bot commented .*edited .*Handed back: ready for your review in #2/,
  );
  expect(text).toMatch(/handback bot added agent: handed back and removed agent/);
  expect(page).toMatch(/<details>\s*<summary>Tokens, money and time by role<\/summary>[\s\S]*48,210/);
  expect(page).toContain('class="label on-dark label-5319e7"');
  expect(page).not.toContain("handback:run");
});

test("the colours of labels come as rules, since the policy lets no style attribute pass", async () => {
  expect(await server.html("/-/labels.css")).toContain(".label-5319e7 { background: #5319e7; }");
});

test("the conversation of a pull request tells commits, review, replies and events in the order of time", async () => {
  const text = textOf(await server.html("/acme/till/pull/2"));
  const order = [
    "Closes #1 .",
    "Give the odd cents to the first guests " + rich.firstPush.slice(0, 7),
    "handback bot reviewed",
    "One finding blocks.",
    "Refuse a table without guests",
    "marked this pull request as ready for review",
    "requested a review from jonas-berg , ada",
    "ada approved these changes",
    "Shall I merge",
    "Waiting for a review by jonas-berg",
    "2 conversations not resolved",
    "1 successful, 1 neutral and 1 in progress checks",
    "Open and ready for review",
  ];
  const places = order.map((words) => text.indexOf(words));
  expect(places.filter((place) => place === -1)).toEqual([]);
  expect(places).toEqual(places.toSorted((one, other) => one - other));
});

test("a suggestion shows in red what it replaces and in green what it puts there", async () => {
  const page = await server.html("/acme/till/pull/2");
  const suggestion = /<div class="suggestion">[\s\S]*?<\/table>/.exec(page)?.[0] ?? "";
  const lines = (kind: string) =>
    [...suggestion.matchAll(new RegExp(`<tr class="${kind}">[\\s\\S]*?<code>(.*?)</code>`, "g"))].map(
      ([, code = ""]) => textOf(code.replace(/<\/?mark>/g, "")).trim(),
    );
  expect(lines("removed")).toEqual(["const extra = guest <= odd ? 1 : 0;", "return share + extra;"]);
  expect(lines("added")).toEqual(["const extra = guest < odd ? 1 : 0;", "return share + extra;"]);
});

test("a resolved thread is folded with its badge and keeps its replies, an outdated one says so", async () => {
  const page = await server.html("/acme/till/pull/2");
  const resolved = /<details class="thread thread-resolved">[\s\S]*?<\/details>/.exec(page)?.[0] ?? "";
  expect(textOf(resolved)).toMatch(/src\/split\.ts :6 .*2 comments Resolved .*Refuse it\..*Fixed in/);
  expect(page.match(/thread-resolved/g)).toHaveLength(1);
  expect(textOf(page)).toMatch(/src\/split\.ts :8–9 Outdated/);
});

test("a pending review is nobody's to see yet", async () => {
  const comments = [{ path: "src/split.ts", line: 7, body: "secret draft" }];
  await createReview(server.world, rich.pull, rich.actors.jonas, { body: "secret summary", comments });
  for (const page of ["/acme/till/pull/2", "/acme/till/pull/2/files"]) {
    expect(await server.html(page)).not.toContain("secret");
  }
});

test("files changed shows both line numbers, colours, and threads under their lines", async () => {
  const page = await server.html("/acme/till/pull/2/files");
  expect(textOf(page)).toMatch(
    /3 changed files \+9 −1 .*assets\/receipt\.png .*Binary file: its content is not shown/,
  );
  expect(page).toMatch(
    /<tr class="removed">\s*<td class="line" data-line="6"><\/td>\s*<td class="line" data-line=""><\/td>/,
  );
  const afterLineNine = page.slice(page.indexOf("reduce((sum, part)"));
  expect(textOf(afterLineNine)).toMatch(/^.{0,80}handback bot .{0,40} This checks the sum only/);
});

test("every fragment that an API answer names is on the page it names", async () => {
  const page = await server.html("/acme/till/pull/2");
  const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  const comments = rich.pull.threads
    .flatMap((thread) => thread.comments)
    .filter((one) => one.review.state !== "PENDING");
  for (const comment of comments) expect(ids).toContain(`discussion_r${comment.id}`);
  for (const comment of rich.pull.issue.comments) expect(ids).toContain(`issuecomment-${comment.id}`);
  expect(ids).toContain(`pullrequestreview-${rich.review.id}`);
});

test("commits, checks, a commit, a check run, a folder, a file and a raw file have their pages", async () => {
  const run = rich.repository.checkRuns.find((one) => one.conclusion === "success");
  const pages: [string, RegExp][] = [
    ["/acme/till/pull/2/commits", /Refuse a table without guests HA handback bot committed/],
    ["/acme/till/pull/2/checks", /verify \/ npm test 12 tests passed/],
    [`/acme/till/commit/${rich.firstPush}`, /The remainder was rounded away\..*const odd = cents/],
    ["/acme/till/commits/agent/1-lost-cent", /Refuse a table.*Begin the till/],
    [`/acme/till/runs/${run?.id}`, /successful · Handback · on .* 12 tests, 12 passed in 1\.4 s/],
    ["/acme/till/tree/agent/1-lost-cent/src", /agent\/1-lost-cent till \/ src .*split\.ts/],
    ["/acme/till/blob/agent/1-lost-cent/src/split.ts", /A bill needs at least one guest/],
    ["/acme/till/issues", /1 open 0 closed .*A cent gets lost/],
    ["/acme/till/pulls", /1 open 0 closed .*Give the odd cents/],
    ["/ada", /ada .*No repositories yet/],
  ];
  for (const [address, expected] of pages)
    expect(textOf(await server.html(address)), address).toMatch(expected);
  const raw = await server.get("/acme/till/raw/main/src/split.ts");
  expect(raw.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await raw.text()).toContain("export function split");
});

test("a pull request's number under issues leads to the pull request, and the other way round", async () => {
  expect((await server.get("/acme/till/issues/2")).headers.get("location")).toBe("/acme/till/pull/2");
  expect((await server.get("/acme/till/pull/1/files")).headers.get("location")).toBe("/acme/till/issues/1");
});

test("an address that leads nowhere gets a page with 404, and a program's call nothing from the pages", async () => {
  const nowhere = [
    "/nobody",
    "/acme/nothing",
    "/acme/till/issues/77",
    "/acme/till/pull/77/files",
    "/acme/till/blob/main/no.ts",
  ];
  nowhere.push(
    "/acme/till/commit/ffffffff",
    "/acme/till/blob/main/%ff",
    "/acme/till/tree/nope",
    "/acme/till/runs/1",
    "/a/b/c/d/e",
  );
  for (const address of nowhere) {
    const response = await server.get(address);
    expect(response.status, address).toBe(404);
    expect(await response.text(), address).toContain("There is nothing at this address.");
  }
  const program = await server.get("/acme/nothing", { headers: { accept: "application/vnd.github+json" } });
  expect(await program.text()).toBe("not a page");
});

test("every page forbids scripts and is balanced HTML without anything that runs", async () => {
  for (const address of [
    "/",
    "/acme/till",
    "/acme/till/issues/1",
    "/acme/till/pull/2",
    "/acme/till/pull/2/files",
    "/nobody",
  ]) {
    const response = await server.get(address);
    expect(response.headers.get("content-security-policy"), address).toMatch(
      /default-src 'none'.*form-action 'none'/,
    );
    const tags = tagsOf(await response.text());
    expect(dangers(tags), address).toEqual([]);
    expect(unbalanced(tags), address).toBeUndefined();
  }
});
