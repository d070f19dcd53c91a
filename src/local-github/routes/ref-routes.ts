import { refsChanged } from "../actions/push.ts";
import { ApiError, notFound } from "../api-error.ts";
import { resolveRevision } from "../git/git.ts";
import {
  isAncestor,
  isValidRefName,
  listRefs,
  readRef,
  writeRef,
  zeroSha,
  type GitRef,
} from "../git/refs.ts";
import { created, noContent, ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { flag, text } from "../http/fields.ts";
import { nodeId } from "../payloads/node-id.ts";
import { repositoryUrl } from "../payloads/repository-payload.ts";
import type { Permissions } from "../state/model.ts";
import type { JsonObject } from "../world.ts";

const read: Permissions[] = [{ contents: "read" }];
const write: Permissions[] = [{ contents: "write" }];

export const refRoutes: Routes = {
  "git/get-ref": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      await refuseEmpty(call);
      const ref = await readRef(call.repository.gitDirectory, `refs/${call.params["ref"]}`);
      if (!ref) throw notFound();
      return ok(refPayload(call, ref));
    },
  },
  "git/list-matching-refs": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      await refuseEmpty(call);
      const refs = await listRefs(call.repository.gitDirectory, `refs/${call.params["ref"]}`);
      return ok(refs.map((ref) => refPayload(call, ref)));
    },
  },
  "git/create-ref": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const { world, repository, actor } = call;
      const [ref, sha] = [text(call.body, "ref") ?? "", text(call.body, "sha") ?? ""];
      if (!/^refs\/(heads|tags)\/./.test(ref) || !(await isValidRefName(repository.gitDirectory, ref))) {
        throw new ApiError(422, "Reference name must be a valid ref name such as 'refs/heads/main'.");
      }
      await refuseEmpty(call);
      await refuseMissingObject(call, sha);
      if (await readRef(repository.gitDirectory, ref)) throw new ApiError(422, "Reference already exists");
      await writeRef(repository.gitDirectory, ref, sha);
      await refsChanged(world, repository, actor, [{ ref, before: zeroSha, after: sha }]);
      return created(refPayload(call, { ref, sha, type: "commit" }));
    },
  },
  "git/update-ref": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const { world, repository, actor } = call;
      const old = await readRef(repository.gitDirectory, `refs/${call.params["ref"]}`);
      if (!old) throw new ApiError(422, "Reference does not exist");
      const sha = text(call.body, "sha") ?? "";
      await refuseMissingObject(call, sha);
      refuseProtected(call, old.ref);
      const force = flag(call.body, "force") ?? false;
      if (!force && !(await isAncestor(repository.gitDirectory, old.sha, sha))) {
        throw new ApiError(422, "Update is not a fast forward");
      }
      await writeRef(repository.gitDirectory, old.ref, sha);
      if (old.sha !== sha) {
        await refsChanged(world, repository, actor, [{ ref: old.ref, before: old.sha, after: sha }]);
      }
      return ok(refPayload(call, { ...old, sha }));
    },
  },
  "git/delete-ref": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const { world, repository, actor } = call;
      const old = await readRef(repository.gitDirectory, `refs/${call.params["ref"]}`);
      if (!old) throw new ApiError(422, "Reference does not exist");
      refuseProtected(call, old.ref);
      if (old.ref === `refs/heads/${repository.defaultBranch}`) {
        throw new ApiError(422, "Cannot delete the default branch");
      }
      await writeRef(repository.gitDirectory, old.ref, zeroSha);
      await refsChanged(world, repository, actor, [{ ref: old.ref, before: old.sha, after: zeroSha }]);
      return noContent;
    },
  },
};

function refuseProtected(call: RepositoryCall, ref: string): void {
  const rules = call.repository.protectedBranches.get(ref.replace(/^refs\/heads\//, ""));
  if (ref.startsWith("refs/heads/") && rules?.refusesPushes) {
    throw new ApiError(422, "Changes must be made through a pull request.");
  }
}

async function refuseMissingObject(call: RepositoryCall, sha: string): Promise<void> {
  const found =
    /^[0-9a-f]{40}$/.test(sha) && (await resolveRevision(call.repository.gitDirectory, sha, "object"));
  if (!found) throw new ApiError(422, "Object does not exist");
}

/** The git database of a repository without commits answers 409 to everything. */
export async function refuseEmpty(call: RepositoryCall): Promise<void> {
  const branches = await call.world.git.branches(call.repository);
  if (branches.length === 0) throw new ApiError(409, "Git Repository is empty.");
}

function refPayload(call: RepositoryCall, { ref, sha, type }: GitRef): JsonObject {
  const url = repositoryUrl(call.world, call.repository);
  return {
    ref,
    node_id: nodeId("ref", `${call.repository.id}:${ref}`),
    url: `${url}/git/${ref}`,
    object: { sha, type, url: `${url}/git/${type}s/${sha}` },
  };
}
