import { setDraft } from "../actions/pulls.ts";
import { setResolved } from "../actions/review-threads.ts";
import { canSee, covers } from "../http/access.ts";
import { repositoriesOf } from "../http/tokens.ts";
import { parseNodeId, type NodeKind } from "../payloads/node-id.ts";
import type { Pull, Repository, ReviewThread } from "../state/model.ts";
import type { Actor } from "../world.ts";
import { forbidden, notResolved, type GraphqlContext } from "./graphql-context.ts";
import { pullNode, threadNode } from "./nodes.ts";

type Input<Fields> = { input: Fields & { clientMutationId?: string } };

/** The fields of GraphQL's Mutation. */
export const mutations = {
  resolveReviewThread: (args: Input<{ threadId: string }>, context: GraphqlContext) =>
    resolve(args, context, true),
  unresolveReviewThread: (args: Input<{ threadId: string }>, context: GraphqlContext) =>
    resolve(args, context, false),
  markPullRequestReadyForReview: (args: Input<{ pullRequestId: string }>, context: GraphqlContext) =>
    changeDraft(args, context, false),
  convertPullRequestToDraft: (args: Input<{ pullRequestId: string }>, context: GraphqlContext) =>
    changeDraft(args, context, true),
};

function resolve(
  { input }: Input<{ threadId: string }>,
  context: GraphqlContext,
  resolved: boolean,
): unknown {
  const thread = findThread(context, input.threadId);
  const actor = writer(context, thread.pull.issue.repository);
  setResolved(context.world, thread, actor, resolved);
  return { clientMutationId: input.clientMutationId, thread: threadNode(context.world, thread) };
}

async function changeDraft(
  { input }: Input<{ pullRequestId: string }>,
  context: GraphqlContext,
  draft: boolean,
): Promise<unknown> {
  const pull = findPull(context, input.pullRequestId);
  const actor = writer(context, pull.issue.repository);
  await setDraft(context.world, pull, actor, draft);
  return { clientMutationId: input.clientMutationId, pullRequest: pullNode(context.world, pull) };
}

function findThread(context: GraphqlContext, id: string): ReviewThread {
  const found = pullsInSight(context)
    .flatMap((pull) => pull.threads)
    .find((thread) => thread.id === numericId(id, "thread"));
  if (!found) throw notResolved(`Could not resolve to a node with the global id of '${id}'`);
  return found;
}

function findPull(context: GraphqlContext, id: string): Pull {
  const found = pullsInSight(context).find((pull) => pull.id === numericId(id, "pull"));
  if (!found) throw notResolved(`Could not resolve to a node with the global id of '${id}'`);
  return found;
}

function pullsInSight({ world, auth }: GraphqlContext): Pull[] {
  return world.state.repositories
    .filter((repository) => canSee(world, auth, repository))
    .flatMap((repository) => world.state.pulls(repository));
}

function numericId(id: string, kind: NodeKind): number | undefined {
  const parsed = parseNodeId(id);
  return parsed?.kind === kind ? parsed.id : undefined;
}

/**
 * Who may do it. Resolving a thread takes `contents: write` besides `pull_requests: write`: the documentation does
 * not say so, but an App without it is refused.
 */
function writer({ world, auth }: GraphqlContext, repository: Repository): Actor {
  if (auth.kind === "installation") {
    const { permissions, installation } = auth.token;
    const may =
      repositoriesOf(auth.token).includes(repository) &&
      covers(permissions["pull_requests"], "write") &&
      covers(permissions["contents"], "write");
    if (!may || repository.archived) throw forbidden();
    return { user: installation.app.bot, app: installation.app };
  }
  if (auth.kind !== "user") throw forbidden();
  const level = world.state.permissionOf(auth.user, repository);
  if (!["write", "maintain", "admin"].includes(level) || repository.archived) throw forbidden();
  return { user: auth.user, app: undefined };
}
