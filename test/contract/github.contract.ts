import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { GitHubError } from "../../src/errors.ts";
import { readDiff } from "../../src/run/read-diff.ts";
import type { GitHub } from "../../src/github/github.ts";
import type { TestGitHub } from "../local-github/support/test-github.ts";
import { pushBranch, startTestGitHub } from "../local-github/support/test-github.ts";

/** What every GitHub must do, against a GitHub with acme/widgets, where alice may write and bob may read. */
export function gitHubContract(name: string, open: (server: TestGitHub) => GitHub): void {
  async function start(options: { private?: boolean } = {}) {
    const server = await startTestGitHub(options);
    const ref = { owner: "acme", name: "widgets", installationId: server.installation.id };
    const repository = await open(server).repository(ref);
    return { server, repository, alice: server.github.as("alice") };
  }

  async function withPull() {
    const started = await start();
    const headSha = await pushBranch(started.server, "agent/1-sum", {
      "src/sum.js": "export function sum(a, b) {\n  return a + b;\n}\n",
      "docs/näh me.md": "# New\n",
    });
    const pull = await started.repository.createPull({
      title: "Mend sum()",
      body: "Closes #1",
      head: "agent/1-sum",
      base: "main",
      draft: true,
    });
    return { ...started, pull, headSha };
  }

  describe(`${name} as a GitHub`, () => {
    test("knows the repository, its addresses and who we are", async () => {
      const { server, repository } = await start();
      expect(repository.botLogin).toBe("handback-test[bot]");
      expect(repository.htmlUrl).toBe(`${server.github.url}/acme/widgets`);
      expect(repository.cloneUrl).toBe(`${server.github.url}/acme/widgets.git`);
      expect(await repository.getInfo()).toEqual({
        defaultBranch: "main",
        archived: false,
        private: false,
        htmlUrl: repository.htmlUrl,
      });
      server.github.archive("acme/widgets");
      expect((await repository.getInfo()).archived).toBe(true);
    });

    test.each([
      ["a collaborator who may write", "alice", "write"],
      ["the owner", "acme", "admin"],
      ["somebody who may only read", "bob", "read"],
      ["nobody", "no-such-person", "none"],
    ])("says what %s may do", async (_who, login, permission) => {
      const { repository } = await start();
      expect(await repository.getPermission(login)).toBe(permission);
    });

    test("tells triage and maintain from read and write", async () => {
      const { server, repository } = await start();
      server.github.setCollaborator("acme/widgets", "tina", "triage");
      server.github.setCollaborator("acme/widgets", "mia", "maintain");
      expect(await repository.getPermission("tina")).toBe("triage");
      expect(await repository.getPermission("mia")).toBe("maintain");
      server.github.setCollaborator("acme/widgets", "mia", "none");
      expect(await repository.getPermission("mia")).toBe("read");
    });

    test("gives none to a stranger of a private repository", async () => {
      const { repository } = await start({ private: true });
      expect(await repository.getPermission("bob")).toBe("none");
    });

    test("reads issues, and null for one that is not there", async () => {
      const { repository, alice } = await start();
      await alice.openIssue("acme/widgets", { title: "Broken", body: null, labels: ["bug"] });
      expect(await repository.getIssue(1)).toMatchObject({
        number: 1,
        title: "Broken",
        body: "",
        author: "alice",
        state: "open",
        labels: ["bug"],
      });
      expect(await repository.getIssue(77)).toBeNull();
    });

    test("writes, changes and lists comments, over more than one page", async () => {
      const { repository, alice } = await start();
      await alice.openIssue("acme/widgets", { title: "Broken" });
      for (let i = 0; i < 101; i++) alice.comment("acme/widgets", 1, `comment ${i}`);
      const made = await repository.createComment(1, "ours");
      await repository.updateComment(made.id, "ours, changed");
      const comments = await repository.listComments(1);
      expect(comments).toHaveLength(102);
      expect(comments.at(-1)).toMatchObject({
        id: made.id,
        body: "ours, changed",
        author: repository.botLogin,
        isBot: true,
      });
      expect(comments[0]).toMatchObject({ body: "comment 0", author: "alice", isBot: false });
      expect(comments.at(-1)?.standing).toBe("other");
      expect(comments[0]?.standing).toBe("member");
      expect(made.htmlUrl).toContain("#issuecomment-");
    });

    test("reacts to issues and comments, twice the same as once", async () => {
      const { server, repository, alice } = await start();
      await alice.openIssue("acme/widgets", { title: "Broken" });
      const comment = alice.comment("acme/widgets", 1, "/agent do");
      await repository.addReaction({ issueNumber: 1, commentId: comment.id }, "eyes");
      await repository.addReaction({ issueNumber: 1, commentId: comment.id }, "eyes");
      await repository.addReaction({ issueNumber: 1, commentId: null }, "rocket");
      const { data } = await server.octokit.rest.reactions.listForIssueComment({
        owner: "acme",
        repo: "widgets",
        comment_id: comment.id,
      });
      expect(data.map(({ content }) => content)).toEqual(["eyes"]);
    });

    test("labels issues; taking away a label that is not there is no fault", async () => {
      const { repository, alice } = await start();
      await alice.openIssue("acme/widgets", { title: "Broken", labels: ["bug"] });
      await repository.addLabels(1, ["agent:done", "bug"]);
      await repository.removeLabel(1, "bug");
      await repository.removeLabel(1, "never there");
      expect((await repository.getIssue(1))?.labels).toEqual(["agent:done"]);
    });

    test("reads branches and files; null for what is not there, and for a folder", async () => {
      const { server, repository } = await start();
      const sha = await pushBranch(server, "other", { ".github/handback.yml": "label: über\n" });
      const message = "Change .github/handback.yml";
      expect(await repository.getBranch("other")).toEqual({ sha, message, protected: false });
      expect(await repository.getBranch("gone")).toBeNull();
      server.github.protectBranch("acme/widgets", "main");
      expect((await repository.getBranch("main"))?.protected).toBe(true);
      expect(await repository.getFile(".github/handback.yml", "other")).toBe("label: über\n");
      expect(await repository.getFile(".github/handback.yml", "main")).toBeNull();
      expect(await repository.getFile("src", "main")).toBeNull();
      expect(await repository.getFile("README.md", "gone")).toBeNull();
    });

    test("opens, finds and changes a pull request", async () => {
      const { repository, pull, headSha } = await withPull();
      expect(pull).toMatchObject({
        title: "Mend sum()",
        author: repository.botLogin,
        state: "open",
        draft: true,
        merged: false,
        headRef: "agent/1-sum",
        headSha,
        headRepository: "acme/widgets",
        baseRef: "main",
      });
      expect(await repository.findPull("agent/1-sum")).toEqual(pull);
      expect(await repository.findPull("agent/1")).toBeNull();
      await repository.updatePull(pull.number, { title: "New title" });
      expect(await repository.getPull(pull.number)).toMatchObject({ title: "New title", body: "Closes #1" });
      expect(await repository.getPull(999)).toBeNull();
    });

    test("says why a second pull request for the same branch is refused", async () => {
      const { repository } = await withPull();
      const again = repository.createPull({
        title: "x",
        body: "",
        head: "agent/1-sum",
        base: "main",
        draft: true,
      });
      await expect(again).rejects.toThrow(/already exists/);
      await expect(again).rejects.toMatchObject({
        code: "github.invalid",
        fields: { status: 422, ambiguous: false },
      });
    });

    test("marks a draft as ready, and requests a reviewer", async () => {
      const { server, repository, pull } = await withPull();
      await repository.markReadyForReview(pull);
      expect((await repository.getPull(pull.number))?.draft).toBe(false);
      await repository.requestReviewer(pull.number, "alice");
      const { data } = await server.octokit.rest.pulls.listRequestedReviewers({
        owner: "acme",
        repo: "widgets",
        pull_number: pull.number,
      });
      expect(data.users.map(({ login }) => login)).toEqual(["alice"]);
    });

    test("gives a diff whose lines can be commented on", async () => {
      const { repository, pull } = await withPull();
      const lines = readDiff(await repository.getPullDiff(pull.number));
      expect([...lines.keys()].toSorted()).toEqual(["docs/näh me.md", "src/sum.js"]);
      expect(lines.get("docs/näh me.md")?.shown.get(1)).toBe("# New");
      expect(lines.get("src/sum.js")?.shown.get(2)).toBe("  return a + b;");
    });

    test("reviews with inline comments, answers a thread and resolves it", async () => {
      const { server, repository, pull, headSha } = await withPull();
      const review = await repository.createReview(pull.number, {
        commitSha: headSha,
        body: "One thing.",
        event: "COMMENT",
        comments: [
          { path: "src/sum.js", line: 2, side: "RIGHT", body: "Overflow?" },
          { path: "docs/näh me.md", line: 1, side: "RIGHT", body: "Name?" },
        ],
      });
      expect(await repository.listReviews(pull.number)).toEqual([
        {
          id: review.id,
          body: "One thing.",
          author: repository.botLogin,
          state: "COMMENTED",
          htmlUrl: review.htmlUrl,
          commitSha: headSha,
        },
      ]);
      const [thread] = (await repository.listReviewThreads(pull.number)).filter(
        ({ path }) => path === "src/sum.js",
      );
      expect(thread).toMatchObject({
        isResolved: false,
        line: 2,
        comments: [{ body: "Overflow?", author: repository.botLogin }],
      });

      const reply = await repository.replyToReviewComment(pull.number, thread!.comments[0]!.id, "Mended.");
      server.github.as("alice").replyToReviewComment("acme/widgets", thread!.comments[0]!.id, "Thanks");
      await repository.resolveReviewThread(thread!.id);
      const after = (await repository.listReviewThreads(pull.number)).find(({ id }) => id === thread!.id);
      expect(after).toMatchObject({ isResolved: true });
      expect(after!.comments).toMatchObject([
        { body: "Overflow?", standing: "other" },
        { id: reply.id, body: "Mended.", author: repository.botLogin },
        { body: "Thanks", author: "alice", standing: "member" },
      ]);
    });

    test("refuses a comment outside the diff without having written anything", async () => {
      const { repository, pull, headSha } = await withPull();
      const review = repository.createReview(pull.number, {
        commitSha: headSha,
        body: "x",
        event: "COMMENT",
        comments: [{ path: "src/sum.js", line: 999, side: "RIGHT", body: "y" }],
      });
      await expect(review).rejects.toMatchObject({ fields: { status: 422 } });
      expect(await repository.listReviews(pull.number)).toEqual([]);
    });

    test("reports a check run on a commit and finds it again", async () => {
      const { repository, headSha } = await withPull();
      await repository.createCheckRun({
        name: "Handback review",
        headSha,
        conclusion: "neutral",
        title: "Two findings",
        summary: "- one",
        externalId: "r1:review",
      });
      expect(await repository.listCheckRuns(headSha)).toEqual([
        { name: "Handback review", externalId: "r1:review" },
      ]);
    });

    test("mints a token that reads this one repository over git, and another that writes", async () => {
      const { server, repository } = await start({ private: true });
      await server.github.createRepository({ fullName: "acme/secret", private: true });
      server.github.addToInstallation(server.installation, "acme/secret");
      // Not synchronously: the server runs in this process.
      const ls = async (token: string, url = repository.cloneUrl): Promise<string> => {
        const env = { ...process.env, GIT_TERMINAL_PROMPT: "0", GIT_ASKPASS: "/bin/false" };
        return (await promisify(execFile)("git", ["ls-remote", withToken(url, token)], { env })).stdout;
      };
      const read = await repository.withGitToken("read", async (token) => {
        expect(await ls(token)).toContain("refs/heads/main");
        await expect(ls(token, repository.cloneUrl.replace("widgets", "secret"))).rejects.toThrow();
        await expect(ls("wrong")).rejects.toThrow();
        await expect(pushBranch(server, "x", { a: "1" }, { token })).rejects.toThrow();
        return token;
      });
      const write = await repository.withGitToken("write", async (token) => {
        await pushBranch(server, "x", { a: "1" }, { token });
        return token;
      });
      // Neither outlives its use, also one that fails.
      await expect(ls(read)).rejects.toThrow();
      await expect(ls(write)).rejects.toThrow();
      let failed = "";
      const failing = repository.withGitToken("read", async (token) => {
        failed = token;
        throw new Error("no disk");
      });
      await expect(failing).rejects.toThrow("no disk");
      await expect(ls(failed)).rejects.toThrow();
    });

    test("throws a GitHubError with the status for a repository that it is not installed on", async () => {
      const { server } = await start();
      const other = { owner: "acme", name: "elsewhere", installationId: server.installation.id };
      const repository = await open(server).repository(other);
      const read = repository.getInfo();
      await expect(read).rejects.toBeInstanceOf(GitHubError);
      await expect(read).rejects.toMatchObject({ fields: { status: 422 } });
    });
  });

  describe(`${name} when GitHub has trouble`, () => {
    test("repeats a read after a 5xx and after a cut connection", async () => {
      const { server, repository } = await start();
      server.github.faults.add({ kind: "status", status: 502, path: /widgets$/ });
      server.github.faults.add({ kind: "drop-request", path: /widgets$/ });
      expect((await repository.getInfo()).defaultBranch).toBe("main");
    });

    test.each([
      ["a 5xx", { kind: "status", status: 502 } as const, 0],
      ["a cut connection", { kind: "drop-request" } as const, 0],
      ["an answer lost after the write", { kind: "drop-answer-after-write" } as const, 1],
    ])("tries a write once only after %s, and says that it is in doubt", async (_name, fault, written) => {
      const { server, repository, alice } = await start();
      await alice.openIssue("acme/widgets", { title: "Broken" });
      server.github.faults.add({ ...fault, path: /issues\/1\/comments/, method: "POST" });
      await expect(repository.createComment(1, "once")).rejects.toMatchObject({
        fields: { ambiguous: true },
      });
      expect(await repository.listComments(1)).toHaveLength(written);
    });

    test.each([403, 429] as const)(
      "waits as long as a %d tells it to, reads and writes alike, then goes on",
      async (status) => {
        const { server, repository, alice } = await start();
        await alice.openIssue("acme/widgets", { title: "Broken" });
        server.github.faults.addSecondaryLimit({ status, retryAfter: 1, path: /issues\/1/, times: 2 });
        const started = performance.now();
        await repository.getIssue(1);
        await repository.createComment(1, "late but once");
        expect(performance.now() - started).toBeGreaterThan(1900);
        expect(await repository.listComments(1)).toHaveLength(1);
      },
    );

    test("begins no write after the end that it was given, also one that waits; our own comment can still say the end", async () => {
      const { server, repository, alice } = await start();
      await alice.openIssue("acme/widgets", { title: "Broken" });
      const ended = new AbortController();
      const bound = await open(server).repository(repository.ref, { until: ended.signal });
      const status = await bound.createComment(1, "at work");
      server.github.faults.addSecondaryLimit({
        status: 403,
        retryAfter: 2,
        path: /issues\/1\/comments/,
        times: 1,
      });
      const waiting = bound.createComment(1, "too late");
      setTimeout(() => ended.abort(new Error("stopped")), 500);
      await expect(waiting).rejects.toThrow("stopped");
      await expect(bound.addLabels(1, ["bug"])).rejects.toThrow("stopped");
      await bound.updateComment(status.id, "stopped");
      expect((await repository.listComments(1)).map(({ body }) => body)).toEqual(["stopped"]);
      expect((await repository.getIssue(1))?.labels).toEqual([]);
    });
  });

  function withToken(url: string, token: string): string {
    return url.replace("://", `://x-access-token:${token}@`);
  }
}
