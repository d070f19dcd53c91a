import { z } from "zod";
import type {
  Comment,
  Issue,
  Permission,
  Pull,
  RepositoryInfo,
  Review,
  ReviewThread,
  Standing,
} from "./github.ts";

/** GitHub's answers, parsed once at the edge: only the fields that Handback uses, turned into its own words. */
const account = z.object({ login: z.string(), type: z.string().optional() }).nullish();

/** GitHub shows the authors of deleted accounts as `ghost`. */
function loginOf(user: z.infer<typeof account>): string {
  return user?.login ?? "ghost";
}

const standing = z.string().transform((association): Standing => {
  if (["OWNER", "MEMBER", "COLLABORATOR"].includes(association)) return "member";
  return association === "CONTRIBUTOR" ? "contributor" : "other";
});

export const createdPayload = z
  .object({ id: z.number().int(), html_url: z.string() })
  .transform(({ id, html_url }) => ({ id, htmlUrl: html_url }));

export const appPayload = z.object({ slug: z.string().min(1) });

export const tokenPayload = z.object({ token: z.string().min(1), expires_at: z.string() });

export const repositoryPayload = z
  .object({ default_branch: z.string(), archived: z.boolean(), private: z.boolean(), html_url: z.string() })
  .transform((repo): RepositoryInfo => ({
    defaultBranch: repo.default_branch,
    archived: repo.archived,
    private: repo.private,
    htmlUrl: repo.html_url,
  }));

const permissions = ["none", "read", "triage", "write", "maintain", "admin"] as const;

/** `role_name` tells triage and maintain apart; for a custom role only the coarse `permission` is known. */
export const permissionPayload = z
  .object({ permission: z.string(), role_name: z.string().optional() })
  .transform(({ permission, role_name }): Permission => {
    const isKnown = (name: string | undefined): name is Permission =>
      (permissions as readonly (string | undefined)[]).includes(name);
    return isKnown(role_name) ? role_name : isKnown(permission) ? permission : "none";
  });

export const issuePayload = z
  .object({
    number: z.number().int(),
    title: z.string(),
    body: z.string().nullish(),
    user: account,
    state: z.string(),
    labels: z.array(z.union([z.string(), z.object({ name: z.string().nullish() })])),
    html_url: z.string(),
  })
  .transform((issue): Issue => ({
    number: issue.number,
    title: issue.title,
    body: issue.body ?? "",
    author: loginOf(issue.user),
    state: issue.state === "closed" ? "closed" : "open",
    labels: issue.labels.flatMap((label) => (typeof label === "string" ? label : (label.name ?? []))),
    htmlUrl: issue.html_url,
  }));

export const commentPayload = z
  .object({
    id: z.number().int(),
    body: z.string().nullish(),
    user: account,
    author_association: standing,
    created_at: z.string(),
    updated_at: z.string(),
    html_url: z.string(),
    performed_via_github_app: z.unknown().optional(),
  })
  .transform((comment): Comment => ({
    id: comment.id,
    body: comment.body ?? "",
    author: loginOf(comment.user),
    standing: comment.author_association,
    isBot: comment.user?.type === "Bot" || comment.performed_via_github_app != null,
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
    htmlUrl: comment.html_url,
  }));

export const pullPayload = z
  .object({
    number: z.number().int(),
    node_id: z.string(),
    title: z.string(),
    body: z.string().nullish(),
    user: account,
    state: z.string(),
    draft: z.boolean().optional(),
    merged_at: z.string().nullish(),
    head: z.object({
      ref: z.string(),
      sha: z.string(),
      repo: z.object({ full_name: z.string() }).nullish(),
    }),
    base: z.object({ ref: z.string(), sha: z.string() }),
    html_url: z.string(),
  })
  .transform((pull): Pull => ({
    number: pull.number,
    nodeId: pull.node_id,
    title: pull.title,
    body: pull.body ?? "",
    author: loginOf(pull.user),
    state: pull.state === "closed" ? "closed" : "open",
    draft: pull.draft ?? false,
    merged: pull.merged_at != null,
    headRef: pull.head.ref,
    headSha: pull.head.sha,
    headRepository: pull.head.repo?.full_name ?? null,
    baseRef: pull.base.ref,
    baseSha: pull.base.sha,
    htmlUrl: pull.html_url,
  }));

export const reviewPayload = z
  .object({
    id: z.number().int(),
    body: z.string().nullish(),
    user: account,
    html_url: z.string(),
    state: z.string(),
    commit_id: z.string().nullish(),
  })
  .transform((review): Review => ({
    id: review.id,
    body: review.body ?? "",
    author: loginOf(review.user),
    state: review.state,
    htmlUrl: review.html_url,
    commitSha: review.commit_id ?? "",
  }));

export const branchPayload = z
  .object({
    commit: z.object({ sha: z.string(), commit: z.object({ message: z.string() }) }),
    protected: z.boolean(),
  })
  .transform(({ commit, ...branch }) => ({
    sha: commit.sha,
    message: commit.commit.message,
    protected: branch.protected,
  }));

/** null for a folder, a link or a submodule. Files above 1 MB come without their content. */
export const contentPayload = z
  .union([
    z.object({ type: z.literal("file"), content: z.string(), encoding: z.string() }),
    z.array(z.unknown()),
    z.object({ type: z.string() }),
  ])
  .transform((content) => {
    if (Array.isArray(content) || !("content" in content)) return null;
    return content.encoding === "base64" ? Buffer.from(content.content, "base64").toString("utf8") : null;
  });

export const checkRunsPayload = z.object({
  check_runs: z.array(
    z.object({ id: z.number().int(), name: z.string(), external_id: z.string().nullish() }),
  ),
});

/** GraphQL's actor has no `[bot]` at the end of its login; REST's has. */
const actor = z
  .object({ login: z.string(), __typename: z.string() })
  .nullish()
  .transform((author) => {
    if (author == null) return "ghost";
    const isBare = author.__typename === "Bot" && !author.login.endsWith("[bot]");
    return isBare ? `${author.login}[bot]` : author.login;
  });

const thread = z
  .object({
    id: z.string(),
    isResolved: z.boolean(),
    path: z.string(),
    line: z.number().int().nullish(),
    comments: z.object({
      nodes: z.array(
        z
          .object({
            databaseId: z.number().int(),
            body: z.string(),
            author: actor,
            authorAssociation: standing,
            createdAt: z.string(),
            lastEditedAt: z.string().nullish(),
          })
          .nullable(),
      ),
    }),
  })
  .transform(({ id, isResolved, path, line, comments }): ReviewThread => ({
    id,
    isResolved,
    path,
    line: line ?? null,
    comments: comments.nodes.flatMap((node) =>
      node === null
        ? []
        : {
            id: node.databaseId,
            body: node.body,
            author: node.author,
            standing: node.authorAssociation,
            createdAt: node.createdAt,
            editedAt: node.lastEditedAt ?? null,
          },
    ),
  }));

export const threadsPayload = z.object({
  repository: z.object({
    pullRequest: z.object({
      reviewThreads: z.object({
        pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullish() }),
        nodes: z.array(thread.nullable()),
      }),
    }),
  }),
});
