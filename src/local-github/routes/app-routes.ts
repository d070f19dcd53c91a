import { hookConfig } from "../actions/apps.ts";
import { ApiError, notFound } from "../api-error.ts";
import { covers } from "../http/access.ts";
import { created, noContent, ok, type AppCall, type Routes } from "../http/call.ts";
import { items, property, text, texts } from "../http/fields.ts";
import { paginate, paginateWrapped } from "../http/paginate.ts";
import { repositoriesOf } from "../http/tokens.ts";
import { appPayload, installationPayload } from "../payloads/app-payload.ts";
import { repositoryPayload } from "../payloads/repository-payload.ts";
import { isoTime } from "../payloads/time.ts";
import { sameName } from "../state/local-github-state.ts";
import type { Installation, Permissions, Repository } from "../state/model.ts";

export const appRoutes: Routes = {
  "apps/get-authenticated": {
    for: "app",
    handle: ({ world, app }) => {
      const count = world.state.installations.filter((one) => one.app === app).length;
      return ok({ ...appPayload(world, app), client_id: app.clientId, installations_count: count });
    },
  },
  "apps/get-by-slug": {
    for: "anybody",
    handle: ({ world, params }) => {
      const app = world.state.apps.find((one) => one.slug === params["app_slug"]);
      if (!app) throw notFound();
      return ok(appPayload(world, app));
    },
  },
  "apps/list-installations": {
    for: "app",
    handle: (call) => {
      const own = call.world.state.installations.filter((one) => one.app === call.app);
      return paginate(call, own, (installation) => installationPayload(call.world, installation));
    },
  },
  "apps/get-installation": {
    for: "app",
    handle: (call) => ok(installationPayload(call.world, ownInstallation(call))),
  },
  "apps/get-repo-installation": {
    for: "app",
    handle: ({ world, app, params }) => {
      const repository = world.state.repository(params["owner"]!, params["repo"]!);
      const found = repository && world.state.installationsOf(repository).find((one) => one.app === app);
      if (!found) throw notFound();
      return ok(installationPayload(world, found));
    },
  },
  "apps/get-user-installation": {
    for: "app",
    handle: ({ world, app, params }) => {
      const found = world.state.installations.find(
        (one) => one.app === app && sameName(one.account.login, params["username"]!),
      );
      if (!found) throw notFound();
      return ok(installationPayload(world, found));
    },
  },
  "apps/create-installation-access-token": {
    for: "app",
    handle: (call) => {
      const installation = ownInstallation(call);
      const repositories = narrowedRepositories(call, installation);
      const permissions = narrowedPermissions(installation, property(call.body, "permissions"));
      const minted = call.tokens.mint({ installation, repositories, permissions });
      return created({
        token: minted.token,
        expires_at: isoTime(minted.expiresAt),
        permissions,
        repository_selection: repositories ? "selected" : installation.repositorySelection,
        ...(repositories && {
          repositories: repositories.map((repository) => repositoryPayload(call.world, repository)),
        }),
      });
    },
  },
  "apps/revoke-installation-access-token": {
    for: "installation",
    handle: (call) => {
      call.tokens.revoke(call.token.token);
      return noContent;
    },
  },
  "apps/list-repos-accessible-to-installation": {
    for: "installation",
    handle: (call) =>
      paginateWrapped(call, {
        name: "repositories",
        items: repositoriesOf(call.token),
        render: (repository) => repositoryPayload(call.world, repository),
      }),
  },
  "apps/get-webhook-config-for-app": { for: "app", handle: ({ app }) => ok(hookConfig(app)) },
  "apps/update-webhook-config-for-app": {
    for: "app",
    handle: ({ app, body }) => {
      app.webhookUrl = text(body, "url") ?? app.webhookUrl;
      app.webhookSecret = text(body, "secret") ?? app.webhookSecret;
      return ok(hookConfig(app));
    },
  },
};

function ownInstallation(call: AppCall): Installation {
  const installation = call.world.state.installation(Number(call.params["installation_id"]));
  if (installation?.app !== call.app) throw notFound();
  return installation;
}

/** Undefined when the caller named none. Names or ids; one that is not in the installation is refused. */
function narrowedRepositories(call: AppCall, installation: Installation): Repository[] | undefined {
  const names = texts(call.body, "repositories");
  const ids = items(call.body, "repository_ids");
  if (!names && !ids) return undefined;
  const found = [
    ...(names ?? []).map((name) => installation.repositories.find((one) => sameName(one.name, name))),
    ...(ids ?? []).map((id) => installation.repositories.find((one) => one.id === id)),
  ];
  return found.map((repository) => {
    if (repository) return repository;
    throw new ApiError(
      422,
      "There is at least one repository that does not exist or is not accessible to the parent installation.",
    );
  });
}

function narrowedPermissions(installation: Installation, asked: unknown): Permissions {
  if (asked === undefined) return installation.permissions;
  for (const [name, level] of Object.entries(asked as Permissions)) {
    if (!covers(installation.permissions[name], level)) {
      throw new ApiError(422, "The permissions requested are not granted to this installation.");
    }
  }
  return { metadata: "read", ...(asked as Permissions) };
}
