import { GraphQLError } from "graphql";
import { canSee } from "../http/access.ts";
import { parseNodeId } from "../payloads/node-id.ts";
import type { GraphqlContext } from "./graphql-context.ts";
import { notResolved } from "./graphql-context.ts";
import { pullNode, repositoryNode, threadNode, userNode } from "./nodes.ts";

/** The fields of GraphQL's Query. */
export const queries = {
  repository({ owner, name }: { owner: string; name: string }, { world, auth }: GraphqlContext): unknown {
    const repository = world.state.repository(owner, name);
    if (!repository || !canSee(world, auth, repository)) {
      throw notResolved(`Could not resolve to a Repository with the name '${owner}/${name}'.`);
    }
    return repositoryNode(world, repository);
  },

  node({ id }: { id: string }, { world, auth }: GraphqlContext): unknown {
    const parsed = parseNodeId(id);
    const pulls = world.state.repositories
      .filter((repository) => canSee(world, auth, repository))
      .flatMap((repository) => world.state.pulls(repository));
    if (parsed?.kind === "pull") {
      const pull = pulls.find((one) => one.id === parsed.id);
      if (pull) return pullNode(world, pull);
    }
    if (parsed?.kind === "thread") {
      const thread = pulls.flatMap((one) => one.threads).find((one) => one.id === parsed.id);
      if (thread) return threadNode(world, thread);
    }
    throw notResolved(`Could not resolve to a node with the global id of '${id}'`);
  },

  viewer(_: unknown, { world, auth }: GraphqlContext): unknown {
    if (auth.kind === "user") return userNode(world, auth.user);
    if (auth.kind === "installation")
      return { ...userNode(world, auth.token.installation.app.bot), __typename: "User" };
    throw new GraphQLError("Resource not accessible by integration");
  },

  rateLimit(_: unknown, { limits, auth }: GraphqlContext): unknown {
    const { limit, remaining, used, reset } = limits.status(auth);
    return { cost: 1, limit, remaining, used, resetAt: new Date(reset * 1000).toISOString() };
  },
};
