import { ApiError, notFound } from "../api-error.ts";
import { ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { paginate } from "../http/paginate.ts";
import { commitPayload } from "../payloads/commit-payload.ts";
import { fullRepositoryPayload, repositoryUrl } from "../payloads/repository-payload.ts";
import { userPayload } from "../payloads/user-payload.ts";
import type { BranchProtection, Permissions, RepositoryPermission } from "../state/model.ts";
import type { JsonObject } from "../world.ts";

const metadata: Permissions[] = [{ metadata: "read" }];

export const repositoryRoutes: Routes = {
  "repos/get": {
    for: "repository",
    needs: metadata,
    handle: (call) => ok(fullRepositoryPayload(call.world, call.repository)),
  },
  "repos/get-collaborator-permission-level": {
    for: "repository",
    needs: metadata,
    handle: ({ world, repository, params }) => {
      const user = world.state.user(params["username"]!);
      if (!user) throw new ApiError(404, `${params["username"]} is not a user`);
      const level = world.state.permissionOf(user, repository);
      return ok({
        permission: legacy[level],
        role_name: level,
        user: {
          ...userPayload(world, user),
          role_name: level,
          permissions: {
            admin: level === "admin",
            maintain: level === "admin" || level === "maintain",
            push: legacy[level] === "admin" || legacy[level] === "write",
            triage: level !== "none" && level !== "read",
            pull: level !== "none",
          },
        },
      });
    },
  },
  "repos/list-branches": {
    for: "repository",
    needs: [{ contents: "read" }],
    handle: async (call) => {
      const branches = await call.world.git.branches(call.repository);
      const wanted = call.query["protected"];
      const shown = branches.filter(
        ({ name }) => !wanted || String(call.repository.protectedBranches.has(name)) === wanted,
      );
      return paginate(call, shown, ({ name, sha }) => ({
        name,
        commit: { sha, url: `${repositoryUrl(call.world, call.repository)}/commits/${sha}` },
        protected: call.repository.protectedBranches.has(name),
      }));
    },
  },
  "repos/get-branch": {
    for: "repository",
    needs: [{ contents: "read" }],
    handle: async (call) => {
      const name = call.params["branch"]!;
      const branches = await call.world.git.branches(call.repository);
      const branch = branches.find((one) => one.name === name);
      if (!branch) throw new ApiError(404, "Branch not found");
      const commit = await call.world.git.commit(call.repository, branch.sha);
      const self = `${repositoryUrl(call.world, call.repository)}/branches/${name}`;
      const rules = call.repository.protectedBranches.get(name);
      return ok({
        name,
        commit: commitPayload(call.world, call.repository, { commit: commit! }),
        _links: { self, html: `${call.world.url}/${call.repository.fullName}/tree/${name}` },
        protected: rules !== undefined,
        protection: {
          enabled: rules !== undefined,
          required_status_checks: {
            enforcement_level: rules ? "non_admins" : "off",
            contexts: rules?.requiredChecks ?? [],
            checks: (rules?.requiredChecks ?? []).map((context) => ({ context, app_id: null })),
          },
        },
        protection_url: `${self}/protection`,
      });
    },
  },
  "repos/get-branch-protection": {
    for: "repository",
    needs: [{ administration: "read" }],
    people: "admin",
    handle: (call) => {
      const rules = call.repository.protectedBranches.get(call.params["branch"]!);
      if (!rules) throw new ApiError(404, "Branch not protected");
      return ok(protectionPayload(call, rules));
    },
  },
  "repos/get-content": {
    for: "repository",
    needs: [{ contents: "read" }],
    handle: async (call) => {
      const { world, repository, params } = call;
      const ref = call.query["ref"] ?? repository.defaultBranch;
      const path = params["path"]!.replace(/^\/+|\/+$/g, "");
      if (!(await world.git.resolve(repository, ref))) {
        const isEmpty = (await world.git.branches(repository)).length === 0;
        throw new ApiError(404, isEmpty ? "This repository is empty." : `No commit found for the ref ${ref}`);
      }
      const entry = path === "" ? undefined : await world.git.entry(repository, ref, path);
      if (path !== "" && !entry) throw notFound();
      if (entry?.type === "blob") {
        const content = await world.git.blob(repository, entry.sha);
        if (/\braw\b/.test(call.accept)) {
          return { status: 200, raw: { contentType: "application/vnd.github.raw; charset=utf-8", content } };
        }
        // Between 1 and 100 MB the content is left out, and only the raw media type gives it.
        const isLarge = content.length > 1_000_000;
        return ok({
          ...linksTo(call, ref, { path, type: "file", sha: entry.sha, size: content.length }),
          content: isLarge ? "" : content.toString("base64").replace(/.{60}/g, "$&\n") + "\n",
          encoding: isLarge ? "none" : "base64",
        });
      }
      const entries = (await world.git.folder(repository, ref, path)) ?? [];
      const types = { blob: "file", tree: "dir", commit: "submodule" } as const;
      return ok(
        entries.map((one) =>
          linksTo(call, ref, {
            path: path === "" ? one.name : `${path}/${one.name}`,
            type: one.mode === "120000" ? "symlink" : types[one.type],
            sha: one.sha,
            size: one.size ?? 0,
          }),
        ),
      );
    },
  },
};

/** The endpoint's `permission` knows four words; `role_name` has the true one. */
const legacy: Record<RepositoryPermission, string> = {
  none: "none",
  read: "read",
  triage: "read",
  write: "write",
  maintain: "write",
  admin: "admin",
};

function protectionPayload(call: RepositoryCall, rules: BranchProtection): JsonObject {
  const url = `${repositoryUrl(call.world, call.repository)}/branches/${call.params["branch"]}/protection`;
  return {
    url,
    required_status_checks: {
      url: `${url}/required_status_checks`,
      strict: false,
      contexts: rules.requiredChecks,
      contexts_url: `${url}/required_status_checks/contexts`,
      checks: rules.requiredChecks.map((context) => ({ context, app_id: null })),
    },
    enforce_admins: { url: `${url}/enforce_admins`, enabled: rules.refusesPushes },
    required_linear_history: { enabled: false },
    allow_force_pushes: { enabled: false },
    allow_deletions: { enabled: false },
  };
}

function linksTo(
  call: RepositoryCall,
  ref: string,
  { path, type, sha, size }: { path: string; type: string; sha: string; size: number },
): JsonObject {
  const { world, repository } = call;
  const api = repositoryUrl(world, repository);
  const escaped = path.split("/").map(encodeURIComponent).join("/");
  const page = `${world.url}/${repository.fullName}`;
  const self = `${api}/contents/${escaped}?ref=${encodeURIComponent(ref)}`;
  const isFolder = type === "dir";
  const html = `${page}/${isFolder ? "tree" : "blob"}/${ref}/${escaped}`;
  const git = `${api}/git/${isFolder ? "trees" : "blobs"}/${sha}`;
  return {
    name: path.split("/").at(-1)!,
    path,
    sha,
    size,
    url: self,
    html_url: html,
    git_url: git,
    download_url: isFolder ? null : `${page}/raw/${ref}/${escaped}`,
    type,
    _links: { self, git, html },
  };
}
