import { ApiError, notFound } from "../api-error.ts";
import { ok, type Routes } from "../http/call.ts";
import { publicUserPayload } from "../payloads/user-payload.ts";

export const userRoutes: Routes = {
  "users/get-by-username": {
    for: "anybody",
    handle: ({ world, params }) => {
      const user = world.state.user(params["username"]!);
      if (!user) throw notFound();
      return ok(publicUserPayload(world, user));
    },
  },
  "users/get-authenticated": {
    for: "anybody",
    handle: ({ world, auth }) => {
      if (auth.kind === "anonymous") throw new ApiError(401, "Requires authentication");
      if (auth.kind !== "user") throw new ApiError(403, "Resource not accessible by integration");
      return ok(publicUserPayload(world, auth.user));
    },
  },
  "rate-limit/get": {
    for: "anybody",
    handle: ({ limits, auth }) => {
      const core = limits.status(auth);
      return ok({ resources: { core, graphql: core, search: { ...core, limit: 30 } }, rate: core });
    },
  },
  "meta/get": {
    for: "anybody",
    handle: ({ world }) =>
      ok({
        verifiable_password_authentication: false,
        hooks: ["127.0.0.1/32"],
        web: ["127.0.0.1/32"],
        api: ["127.0.0.1/32"],
        git: ["127.0.0.1/32"],
        domains: { website: [new URL(world.url).hostname] },
      }),
  },
};
