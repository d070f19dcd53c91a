import { GraphQLError } from "graphql";
import type { Auth } from "../http/authenticate.ts";
import type { RateLimits } from "../http/rate-limits.ts";
import type { World } from "../world.ts";

export type GraphqlContext = { world: World; auth: Auth; limits: RateLimits };

export function notResolved(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type: "NOT_FOUND" } });
}

export function forbidden(): GraphQLError {
  return new GraphQLError("Resource not accessible by integration", { extensions: { type: "FORBIDDEN" } });
}
