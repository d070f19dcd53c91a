import type { App, Installation } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { nodeId } from "./node-id.ts";
import { isoTime } from "./time.ts";
import { userPayload } from "./user-payload.ts";

/** GitHub's `integration`, as it stands beside what an App wrote. The App's own routes add `client_id`. */
export function appPayload(world: World, app: App): JsonObject {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId("app", app.id),
    owner: userPayload(world, app.owner),
    name: app.name,
    description: app.description,
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: isoTime(app.createdAt),
    updated_at: isoTime(app.createdAt),
    permissions: app.permissions,
    events: app.events,
  };
}

export function appOrNull(world: World, app: App | undefined): JsonObject | null {
  return app ? appPayload(world, app) : null;
}

export function installationPayload(world: World, installation: Installation): JsonObject {
  const url = `${world.apiUrl}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    account: userPayload(world, installation.account),
    repository_selection: installation.repositorySelection,
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${world.apiUrl}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${installation.id}`,
    app_id: installation.app.id,
    client_id: installation.app.clientId,
    app_slug: installation.app.slug,
    target_id: installation.account.id,
    target_type: installation.account.type,
    permissions: installation.permissions,
    events: installation.events,
    created_at: isoTime(installation.createdAt),
    updated_at: isoTime(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: null,
  };
}
