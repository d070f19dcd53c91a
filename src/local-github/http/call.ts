import type { OperationId } from "../contract/used-operations.ts";
import type { App, Permissions, Repository } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import type { Auth } from "./authenticate.ts";
import type { PendingManifests } from "./pending-manifests.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { InstallationToken, Tokens } from "./tokens.ts";

/** One request to the REST API, taken apart. */
export type Call = {
  world: World;
  tokens: Tokens;
  limits: RateLimits;
  manifests: PendingManifests;
  id: OperationId;
  method: string;
  /** The whole address, for Link headers. */
  url: URL;
  params: Record<string, string>;
  query: Record<string, string>;
  body: unknown;
  accept: string;
  auth: Auth;
};

export type AppCall = Call & { app: App };
export type InstallationCall = Call & { token: InstallationToken };
/** The repository in the path is there, and the caller may do what the route needs. */
export type RepositoryCall = Call & { repository: Repository; actor: Actor };

export type Answer = {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
  /** Instead of a JSON body. */
  raw?: { contentType: string; content: string | Buffer };
};

type Handled = Answer | Promise<Answer>;

export type Route =
  | { for: "anybody"; handle: (call: Call) => Handled }
  | { for: "app"; handle: (call: AppCall) => Handled }
  | { for: "installation"; handle: (call: InstallationCall) => Handled }
  | {
      for: "repository";
      /** An installation token must have all the permissions of one of these. */
      needs: Permissions[];
      /** What a person must be on the repository; `read` for GET and `write` otherwise, unless said here. */
      people?: "read" | "triage" | "write" | "admin";
      handle: (call: RepositoryCall) => Handled;
    };

export type Routes = Partial<Record<OperationId, Route>>;

export function ok(body: unknown): Answer {
  return { status: 200, body };
}

export function created(body: unknown): Answer {
  return { status: 201, body };
}

export const noContent: Answer = { status: 204 };
