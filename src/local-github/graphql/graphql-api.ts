import { graphql } from "graphql";
import { ApiError } from "../api-error.ts";
import { authenticate, type Auth } from "../http/authenticate.ts";
import { text, property } from "../http/fields.ts";
import type { RateLimits } from "../http/rate-limits.ts";
import type { ApiRequest, RawAnswer } from "../http/rest-api.ts";
import type { Tokens } from "../http/tokens.ts";
import type { World } from "../world.ts";
import type { GraphqlContext } from "./graphql-context.ts";
import { mutations } from "./mutations.ts";
import { queries } from "./queries.ts";
import { schema } from "./schema.ts";

type Options = { world: World; tokens: Tokens; limits: RateLimits };

/** GraphQL's answers are 200 with `errors` in them, apart from bad credentials and limits. */
export async function answerGraphql(request: ApiRequest, options: Options): Promise<RawAnswer> {
  let auth: Auth = { kind: "anonymous" };
  try {
    auth = authenticate(request.headers["authorization"], { ...options, ...options.world });
    if (auth.kind === "anonymous" || auth.kind === "app") {
      throw new ApiError(401, "This endpoint requires you to be authenticated.");
    }
    if (options.limits.isExhausted(auth)) throw new ApiError(403, "API rate limit exceeded");
    options.limits.count(auth);
    return json(200, await run(request.body, { ...options, auth }), options.limits.headers(auth));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return json(error.status, error.body, options.limits.headers(auth));
  }
}

async function run(body: Buffer, context: GraphqlContext): Promise<unknown> {
  let given: unknown;
  try {
    given = JSON.parse(body.toString());
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
  const operationName = text(given, "operationName");
  const result = await graphql({
    schema,
    source: text(given, "query") ?? "",
    rootValue: { ...queries, ...mutations },
    contextValue: context,
    variableValues: (property(given, "variables") ?? {}) as Record<string, unknown>,
    typeResolver: (value) => text(value, "__typename"),
    ...(operationName !== undefined && { operationName }),
  });
  // GitHub puts an error's type beside its message, where GraphQL would have it in `extensions`.
  const errors = result.errors?.map((error) => ({
    ...(typeof error.extensions["type"] === "string" && { type: error.extensions["type"] }),
    ...(error.path && { path: error.path }),
    ...(error.locations && { locations: error.locations }),
    message: error.message,
  }));
  return { data: result.data ?? null, ...(errors && { errors }) };
}

function json(status: number, body: unknown, headers: Record<string, string>): RawAnswer {
  return {
    status,
    headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    body: Buffer.from(JSON.stringify(body)),
  };
}
