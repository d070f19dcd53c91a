import type { Octokit } from "@octokit/rest";
import { z } from "zod";
import { asGitHubError, graphqlFailure } from "./github-failure.ts";
import type { ReviewThread } from "./github.ts";
import { threadsPayload } from "./payloads.ts";

/** What GitHub offers over GraphQL only: the threads of a review with their state, resolving them, and "ready for review". */
export interface GraphqlEndpoint {
  readonly octokit: Octokit;
  readonly url: string;
  /** Reads may be repeated. */
  readonly isRead: boolean;
}

export async function listReviewThreads(
  endpoint: GraphqlEndpoint,
  pull: { owner: string; repo: string; pullNumber: number },
): Promise<ReviewThread[]> {
  const doing = "list the review threads";
  const threads: ReviewThread[] = [];
  let after: string | null = null;
  do {
    const variables = { owner: pull.owner, name: pull.repo, number: pull.pullNumber, after };
    const data = await ask(endpoint, doing, threadsQuery, variables);
    const page = await asGitHubError(doing, async () => threadsPayload.parse(data));
    const { nodes, pageInfo } = page.repository.pullRequest.reviewThreads;
    threads.push(...nodes.filter((thread) => thread !== null));
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  } while (after !== null);
  return threads;
}

export async function resolveReviewThread(endpoint: GraphqlEndpoint, threadId: string): Promise<void> {
  await ask(endpoint, "resolve a review thread", resolveMutation, { id: threadId });
}

export async function markReadyForReview(endpoint: GraphqlEndpoint, pullNodeId: string): Promise<void> {
  await ask(endpoint, "mark the pull request as ready", readyMutation, { id: pullNodeId });
}

function ask(
  endpoint: GraphqlEndpoint,
  doing: string,
  query: string,
  variables: Record<string, unknown>,
): Promise<unknown> {
  return asGitHubError(doing, async () => {
    const { data } = await endpoint.octokit.request({
      method: "POST",
      url: endpoint.url,
      query,
      variables,
      request: { repeatable: endpoint.isRead },
    });
    const { data: found, errors } = answer.parse(data);
    if (errors !== undefined && errors.length > 0) throw graphqlFailure(doing, errors);
    return found;
  });
}

const answer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string(), type: z.string().optional() })).optional(),
});

const threadsQuery = `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved path line
          comments(first: 100) {
            nodes { databaseId body createdAt lastEditedAt authorAssociation author { login __typename } }
          }
        }
      }
    }
  }
}`;

const resolveMutation = `mutation ($id: ID!) {
  resolveReviewThread(input: { threadId: $id }) { thread { id isResolved } }
}`;

const readyMutation = `mutation ($id: ID!) {
  markPullRequestReadyForReview(input: { pullRequestId: $id }) { pullRequest { id isDraft } }
}`;
