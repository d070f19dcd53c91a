import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { triggerFrom } from "../../src/triggers/trigger-from-event.ts";
import type { Trigger } from "../../src/triggers/trigger.ts";
import { ann, commented, labeled, ourBot, reviewCommented, reviewed, someBot } from "./event-builders.ts";

const options = { label: "agent", botLogin: "handback[bot]", deliveryId: "d-1" };

function triggered(event: string, payload: unknown): Trigger {
  const outcome = triggerFrom(event, payload, options);
  if (outcome.kind !== "trigger") throw new Error(JSON.stringify(outcome));
  return outcome.trigger;
}

function ignored(event: string, payload: unknown): string {
  const outcome = triggerFrom(event, payload, options);
  if (outcome.kind !== "ignored") throw new Error(JSON.stringify(outcome));
  return outcome.reason;
}

describe("a label", () => {
  test("starts the whole change, with the issue as the webhook carried it", () => {
    expect(triggered("issues", labeled())).toEqual({
      command: { kind: "do", text: "", options: { models: {}, usd: null, rounds: null } },
      repository: { owner: "acme", name: "shop", installationId: 99 },
      issueNumber: 5,
      isPullRequest: false,
      commentId: null,
      sender: { login: "ann", id: 11 },
      subject: { title: "add() is wrong", body: "It gives 5." },
      deliveryId: "d-1",
      at: "2026-01-02T03:04:05Z",
    });
  });

  test("with another name, by a bot, on a pull request or on a closed issue starts nothing", () => {
    ignored("issues", labeled({ label: "Agent" }));
    ignored("issues", labeled({ label: "agent:plan" }));
    ignored("issues", labeled({ sender: someBot }));
    ignored("issues", labeled({ issue: { pull_request: {} } }));
    ignored("issues", labeled({ issue: { state: "closed" } }));
    ignored("pull_request", labeled());
  });

  test("on a pull request is answered with the commands that work there", () => {
    const { issue: pull, ...rest } = labeled() as Record<string, unknown>;
    const payload = { ...rest, pull_request: pull };
    expect(triggerFrom("pull_request", payload, options)).toMatchObject({
      kind: "mistake",
      issueNumber: 5,
      reply: expect.stringContaining("`/agent fix <what to change>`"),
    });
    ignored("pull_request", { ...payload, sender: someBot });
  });

  test("on an issue without a body starts a run with an empty one", () => {
    expect(triggered("issues", labeled({ issue: { body: null } })).subject.body).toBe("");
  });
});

describe("a comment", () => {
  test("with a command on an issue or a pull request is a trigger that knows its comment", () => {
    expect(triggered("issue_comment", commented("/agent do it"))).toMatchObject({
      command: { kind: "do", text: "it" },
      commentId: 700,
      isPullRequest: false,
    });
    expect(triggered("issue_comment", commented("/agent review", { onPull: true }))).toMatchObject({
      command: { kind: "review" },
      isPullRequest: true,
    });
  });

  test("that is edited or deleted starts nothing", () => {
    ignored("issue_comment", commented("/agent do it", { action: "edited" }));
    ignored("issue_comment", commented("/agent do it", { action: "deleted" }));
  });

  test.each([
    ["another bot", commented("/agent do it", { sender: someBot })],
    ["our own App", commented("/agent do it", { sender: ourBot })],
    [
      "an App that speaks for a user",
      commented("/agent do it", { comment: { performed_via_github_app: { id: 3 } } }),
    ],
    [
      "somebody other than the sender",
      commented("/agent do it", { comment: { user: { ...ann, id: 1234 } } }),
    ],
    ["a deleted user", commented("/agent do it", { comment: { user: null } })],
    ["a bot that makes a mistake", commented("/agent dx", { sender: someBot })],
  ])("by %s starts nothing", (_who, payload) => {
    ignored("issue_comment", payload);
  });

  test("with a mistake asks for a reply", () => {
    expect(triggerFrom("issue_comment", commented("/agent stauts"), options)).toMatchObject({
      kind: "mistake",
      issueNumber: 5,
      commentId: 700,
      sender: "ann",
      reply: expect.stringContaining("`/agent status`"),
    });
  });

  test("without the App's installation starts nothing", () => {
    ignored("issue_comment", { ...commented("/agent do it"), installation: null });
  });
});

describe("a review", () => {
  test("that asks for changes on our own pull request is a fix, with its text", () => {
    const payload = reviewed({ state: "changes_requested", body: "The names are wrong." });
    expect(triggered("pull_request_review", payload)).toMatchObject({
      command: { kind: "fix", text: "The names are wrong." },
      issueNumber: 6,
      isPullRequest: true,
      commentId: null,
    });
  });

  test("with a command is that command, on anybody's pull request", () => {
    const payload = reviewed({ state: "commented", body: "/agent fix the names" }, { author: ann });
    expect(triggered("pull_request_review", payload).command).toMatchObject({
      kind: "fix",
      text: "the names",
    });
  });

  test("that approves our own pull request starts CI on the approved commit", () => {
    expect(triggered("pull_request_review", reviewed({ state: "approved", body: "good" }))).toMatchObject({
      command: { kind: "ci", branch: "agent/5-mend-add", headSha: "c".repeat(40) },
      issueNumber: 6,
      isPullRequest: true,
      sender: { login: "ann" },
    });
  });

  test("that approves with a command is that command and no more", () => {
    const approved = (body: string) => reviewed({ state: "approved", body });
    expect(triggered("pull_request_review", approved("/agent fix the names")).command.kind).toBe("fix");
    expect(triggerFrom("pull_request_review", approved("/agent fxi"), options).kind).toBe("mistake");
    expect(triggerFrom("pull_request_review", approved("/agent ci"), options).kind).toBe("mistake");
  });

  test.each([
    ["somebody else's pull request", reviewed({ state: "approved", body: "" }, { author: ann })],
    ["a closed one", reviewed({ state: "approved", body: "" }, { pull: { state: "closed" } })],
    ["ours, by a bot", reviewed({ state: "approved", body: "" }, { sender: someBot })],
    ["ours, by ourselves", reviewed({ state: "approved", body: "" }, { sender: ourBot })],
    [
      "ours, through an App",
      reviewed({ state: "approved", body: "", performed_via_github_app: { id: 3 } }, {}),
    ],
    ["ours, in another's name", reviewed({ state: "approved", body: "", user: { ...ann, id: 12 } })],
    ["ours, and is dismissed", reviewed({ state: "approved", body: "" }, { action: "dismissed" })],
  ])("that approves %s starts nothing", (_what, payload) => {
    ignored("pull_request_review", payload);
  });

  test("on somebody else's pull request, commenting, dismissed or by a bot starts nothing", () => {
    ignored("pull_request_review", reviewed({ state: "changes_requested", body: "x" }, { author: ann }));
    ignored("pull_request_review", reviewed({ state: "commented", body: null }));
    ignored(
      "pull_request_review",
      reviewed({ state: "changes_requested", body: "x" }, { action: "dismissed" }),
    );
    ignored("pull_request_review", reviewed({ state: "changes_requested", body: "x" }, { sender: ourBot }));
  });

  test("comment with a command is that command", () => {
    expect(triggered("pull_request_review_comment", reviewCommented("/agent fix this"))).toMatchObject({
      command: { kind: "fix", text: "this" },
      commentId: null,
      issueNumber: 6,
    });
    ignored("pull_request_review_comment", reviewCommented("please fix this"));
  });
});

type Example = { name: string; examples: Record<string, unknown>[] };
const folder = new URL("../../node_modules/@octokit/webhooks-examples/", import.meta.url);
const published = ["api.github.com", "ghes-35"].flatMap((server) =>
  (JSON.parse(readFileSync(new URL(`${server}/index.json`, folder), "utf8")) as Example[]).flatMap((event) =>
    event.examples.map((payload) => ({ name: event.name, payload })),
  ),
);

describe("GitHub's published examples", () => {
  test("there are many, of every event", () => {
    expect(published.length).toBeGreaterThan(300);
    expect(new Set(published.map(({ name }) => name)).size).toBeGreaterThan(50);
  });

  test("are all read without a crash, and none of them is a command", () => {
    for (const { name, payload } of published) {
      expect(triggerFrom(name, payload, options), name).toMatchObject({ kind: "ignored" });
    }
  });

  test("become triggers when a person writes the command into them, and never when a bot does", () => {
    const comments = published.filter(
      ({ name, payload }) =>
        ["issue_comment", "pull_request_review_comment"].includes(name) && payload["action"] === "created",
    );
    expect(comments.length).toBeGreaterThan(1);
    for (const { name, payload } of comments) {
      const comment = payload["comment"] as { user: object };
      const spoken = {
        ...payload,
        installation: { id: 1 },
        sender: comment.user,
        comment: { ...comment, body: "/agent stop" },
      };
      expect(triggerFrom(name, spoken, options).kind).toBe("trigger");
      const bot = { ...comment.user, type: "Bot" };
      const byBot = { ...spoken, sender: bot, comment: { ...spoken.comment, user: bot } };
      expect(triggerFrom(name, byBot, options).kind).toBe("ignored");
    }
  });

  test("and anything else may come without a crash", () => {
    const names = fc.constantFrom(
      "issues",
      "issue_comment",
      "pull_request_review",
      "pull_request_review_comment",
      "x",
    );
    fc.assert(
      fc.property(names, fc.anything(), (name, payload) => {
        expect(triggerFrom(name, payload, options).kind).toBe("ignored");
      }),
    );
  });
});
