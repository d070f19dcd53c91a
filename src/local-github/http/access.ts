import { ApiError, notFound } from "../api-error.ts";
import type { Permissions, Repository, RepositoryPermission } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import type { Auth } from "./authenticate.ts";
import type { Call, Route, RepositoryCall } from "./call.ts";
import { repositoriesOf } from "./tokens.ts";

const levels: RepositoryPermission[] = ["none", "read", "triage", "write", "maintain", "admin"];

/** The call with its repository, or 404, 401 or 403 as GitHub gives them. */
export function enterRepository(call: Call, route: Extract<Route, { for: "repository" }>): RepositoryCall {
  const { world, auth, method } = call;
  const repository = world.state.repository(call.params["owner"]!, call.params["repo"]!);
  if (!repository || !canSee(world, auth, repository)) throw notFound();
  const isRead = method === "GET";
  if (!isRead && auth.kind === "anonymous") throw new ApiError(401, "Requires authentication");
  if (auth.kind === "app") throw new ApiError(403, "Resource not accessible by integration");
  const isOutside = auth.kind === "installation" && !repositoriesOf(auth.token).includes(repository);
  if (isOutside && !isRead) throw new ApiError(403, "Resource not accessible by integration");
  if (auth.kind === "installation" && !isOutside) requirePermission(auth, route.needs);
  if (auth.kind === "user") {
    const wanted = route.people ?? (isRead ? "read" : "write");
    const level = world.state.permissionOf(auth.user, repository);
    if (levels.indexOf(level) < levels.indexOf(wanted)) {
      throw new ApiError(403, "Must have admin rights to Repository.");
    }
  }
  if (!isRead && repository.archived) {
    throw new ApiError(403, "Repository was archived so is read-only.");
  }
  return { ...call, repository, actor: actorOf(auth) };
}

/** 403 unless an installation token has all the permissions of one of the alternatives. People pass. */
export function requirePermission(auth: Auth, needs: Permissions[]): void {
  if (auth.kind !== "installation") return;
  const { permissions } = auth.token;
  if (!needs.some((one) => Object.entries(one).every(([name, level]) => covers(permissions[name], level)))) {
    throw new ApiError(403, "Resource not accessible by integration");
  }
}

export function covers(held: string | undefined, wanted: string): boolean {
  if (wanted === "read") return held !== undefined;
  return wanted === "write" ? held === "write" || held === "admin" : held === "admin";
}

export function canSee(world: World, auth: Auth, repository: Repository): boolean {
  if (!repository.private) return true;
  switch (auth.kind) {
    case "installation":
      return repositoriesOf(auth.token).includes(repository);
    case "user":
      return world.state.permissionOf(auth.user, repository) !== "none";
    case "app":
      // An App may ask which of its installations has the repository, which is not a route of this kind.
      return false;
    case "anonymous":
      return false;
    default:
      throw auth satisfies never;
  }
}

const ghost: Actor = {
  user: {
    id: 10137,
    login: "ghost",
    type: "User",
    name: "Deleted user",
    email: null,
    createdAt: new Date(0),
  },
  app: undefined,
};

/** Who acts: an installation token acts as the App's bot. Only reads come without anybody. */
function actorOf(auth: Auth): Actor {
  switch (auth.kind) {
    case "installation":
      return { user: auth.token.installation.app.bot, app: auth.token.installation.app };
    case "user":
      return { user: auth.user, app: undefined };
    case "app":
    case "anonymous":
      return ghost;
    default:
      throw auth satisfies never;
  }
}
