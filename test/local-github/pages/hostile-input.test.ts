import { afterAll, beforeAll, expect, test } from "vitest";
import { createComment } from "../../../src/local-github/actions/comments.ts";
import { createIssue } from "../../../src/local-github/actions/issues.ts";
import { createLabel } from "../../../src/local-github/actions/labels.ts";
import { createPull } from "../../../src/local-github/actions/pulls.ts";
import { createRepository } from "../../../src/local-github/actions/repositories.ts";
import { createReview } from "../../../src/local-github/actions/reviews.ts";
import { createUser } from "../../../src/local-github/actions/users.ts";
import type { Actor } from "../../../src/local-github/world.ts";
import { makeSource, startPages, type PagesServer } from "./page-world.ts";
import { dangers, tagsOf, unbalanced } from "./tags.ts";

const attack = `"><script>alert(1)</script><img src=x onerror=alert(1)>'`;
const beacon = `"><img src=x onerror=alert(1)>`;
const branch = `x"><script>alert(1)</script>`;
const fileNames = [
  `<img src=x onerror=alert(1)>.txt`,
  `"quoted" & 'single'.txt`,
  "new\nline.txt",
  "ünï côdé/日本 #1?.md",
  "rtl\u202etxt.exe",
];

let server: PagesServer;

beforeAll(async () => {
  server = await startPages();
  const { world, folder } = server;
  const longLine = "x".repeat(5_000);
  const source = await makeSource(`${folder}/source`, [
    { message: "Begin", files: { "README.md": attack, "big.txt": "one\n", "gone.txt": "gone\n" } },
    {
      branch,
      message: `${attack}\n\n${attack}`,
      author: `<b>${attack.replaceAll(/[<>]/g, "")} <evil@example.com>`,
      files: {
        ...Object.fromEntries(fileNames.map((name) => [name, `${attack}\n`])),
        "big.txt": Array.from({ length: 1_000 }, (_, index) => `line ${index + 1}`).join("\n"),
        "wide.txt": longLine,
        "photo.bin": Buffer.from([0, 1, 2, 3]),
        "gone.txt": null,
        "empty.txt": "",
      },
    },
  ]);
  const repository = await createRepository(world, folder, {
    fullName: "evil/trap",
    source,
    description: attack,
    defaultBranch: "main",
  });
  const mallory: Actor = { user: createUser(world, { login: "mallory", name: attack }), app: undefined };
  // The API refuses such colours; should one come in all the same, the pages must not pass it on.
  createLabel(world, repository, { name: beacon, description: beacon }).color = `"><b`;
  createLabel(world, repository, { name: "styled" }).color = "ff0000;}body{display:none";
  const texts = [
    attack,
    `</div></details></section></main>`,
    `<details open ontoggle=alert(1)><summary>${attack}`,
    `[x](javascript:alert(1))`,
  ];
  const issue = await createIssue(world, repository, mallory, {
    title: attack,
    body: texts.join("\n\n"),
    labels: [beacon, "styled"],
  });
  for (const text of texts) createComment(world, issue, mallory, text);
  const pull = await createPull(world, repository, mallory, {
    title: attack,
    body: attack,
    head: branch,
    base: "main",
  });
  const place = { path: fileNames[0] ?? "", line: 1 };
  await createReview(world, pull, mallory, {
    event: "COMMENT",
    body: attack,
    comments: [
      { ...place, body: `\`\`\`suggestion\n${attack}\n\`\`\`` },
      { path: "big.txt", line: 900, body: "far down" },
    ],
  });
});
afterAll(() => server[Symbol.asyncDispose]());

const encoded = (name: string) => name.split("/").map(encodeURIComponent).join("/");

test("hostile titles, texts, names of files, branches, labels, authors and commits show as text on every page", async () => {
  const head = server.world.state.repository("evil", "trap")?.issues[1]?.pull?.head.sha;
  const addresses = [
    "/",
    "/evil",
    "/mallory",
    "/evil/trap",
    "/evil/trap/issues",
    "/evil/trap/issues/1",
    "/evil/trap/pulls",
    "/evil/trap/pull/2",
  ];
  addresses.push(
    "/evil/trap/pull/2/files",
    "/evil/trap/pull/2/commits",
    `/evil/trap/commit/${head}`,
    `/evil/trap/tree/${encoded(branch)}`,
  );
  addresses.push(
    ...fileNames.map((name) => `/evil/trap/blob/${encoded(branch)}/${encoded(name)}`),
    `/evil/trap/commits/${encoded(branch)}`,
  );
  for (const address of addresses) {
    const response = await server.get(address);
    expect(response.status, address).toBe(200);
    const tags = tagsOf(await response.text());
    expect(dangers(tags), address).toEqual([]);
    expect(unbalanced(tags), address).toBeUndefined();
  }
});

test("an address full of markup comes back as text", async () => {
  const response = await server.get(`/evil/trap/blob/main/${encodeURIComponent(attack)}`);
  expect(response.status).toBe(404);
  expect(dangers(tagsOf(await response.text()))).toEqual([]);
});

test("a label's colour that is no colour makes no rule", async () => {
  const sheet = await server.html("/-/labels.css");
  expect(sheet).not.toMatch(/display|<|"/);
  expect(sheet).toContain("#d73a4a");
});

test("a raw file with a script in it is plain text that no browser runs", async () => {
  const response = await server.get("/evil/trap/raw/main/README.md");
  expect(await response.text()).toBe(attack);
  expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
});

test("characters that cannot be seen show as their code points in names of files", async () => {
  const page = await server.html("/evil/trap/pull/2/files");
  expect(page).toContain("new⟦U+000A⟧line.txt");
  expect(page).toContain("rtl⟦U+202E⟧txt.exe");
});

test("a long diff shows its first 400 lines, says how many are missing, and is whole on its own page", async () => {
  const page = await server.html("/evil/trap/pull/2/files");
  const rows = (text: string) => text.match(/<code>line \d+<\/code>/g)?.length ?? 0;
  expect(rows(page)).toBeGreaterThan(390);
  expect(rows(page)).toBeLessThan(410);
  const more = /(\d+)\s+of\s+(\d+)\s+lines are not shown\.\s*<a href="([^"]+)"/.exec(page);
  expect(Number(more?.[1])).toBe(Number(more?.[2]) - 400);
  const whole = await server.html(more?.[3] ?? "");
  expect(rows(whole)).toBe(1_000);
  expect(whole).not.toContain("wide.txt");
});

test("a thread on a line that is folded away still shows, with its own lines", async () => {
  const page = await server.html("/evil/trap/pull/2/files");
  expect(page).toMatch(/class="file-aside"[\s\S]*line 900[\s\S]*far down/);
});

test("a very long line is cut with a note, and binary, empty and removed files are named as such", async () => {
  const page = await server.html("/evil/trap/pull/2/files");
  expect(page).toContain("… 3000 more characters");
  expect(page).toMatch(/photo\.bin[\s\S]*Binary file: its content is not shown\./);
  expect(page).toContain("An empty file.");
  expect(page).toMatch(/gone\.txt<\/span>\s*<span class="badge">removed<\/span>/);
});
