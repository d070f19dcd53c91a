import { ApiError, notFound } from "../api-error.ts";
import { git, gitText, LocalGitError, resolveRevision } from "../git/git.ts";
import { writeCommit } from "../git/merge.ts";
import { created, ok, type RepositoryCall, type Routes } from "../http/call.ts";
import { items, property, text, texts } from "../http/fields.ts";
import { gitCommitPayload } from "../payloads/commit-payload.ts";
import { nodeId } from "../payloads/node-id.ts";
import { repositoryUrl } from "../payloads/repository-payload.ts";
import type { Permissions } from "../state/model.ts";
import type { JsonObject } from "../world.ts";
import { refuseEmpty } from "./ref-routes.ts";

const read: Permissions[] = [{ contents: "read" }];
const write: Permissions[] = [{ contents: "write" }];

/** Reads and writes of git objects. Nothing that is written here is reachable until a ref is moved to it. */
export const gitDataRoutes: Routes = {
  "git/get-blob": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const sha = await resolveRevision(call.repository.gitDirectory, call.params["file_sha"]!, "blob");
      if (!sha) throw notFound();
      const content = await call.world.git.blob(call.repository, sha);
      if (/\braw\b/.test(call.accept)) {
        return { status: 200, raw: { contentType: "application/vnd.github.raw; charset=utf-8", content } };
      }
      return ok({
        sha,
        node_id: nodeId("blob", sha),
        size: content.length,
        url: `${repositoryUrl(call.world, call.repository)}/git/blobs/${sha}`,
        content: content.toString("base64"),
        encoding: "base64",
      });
    },
  },
  "git/create-blob": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      await refuseEmpty(call);
      const encoding = text(call.body, "encoding") === "base64" ? "base64" : "utf8";
      const input = Buffer.from(text(call.body, "content") ?? "", encoding);
      const sha = await gitText(call.repository.gitDirectory, ["hash-object", "-w", "--stdin"], { input });
      return created({ sha, url: `${repositoryUrl(call.world, call.repository)}/git/blobs/${sha}` });
    },
  },
  "git/get-tree": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      await refuseEmpty(call);
      const name = call.params["tree_sha"]!;
      const commit = await call.world.git.resolve(call.repository, name);
      const sha = await resolveRevision(call.repository.gitDirectory, commit ?? name, "tree");
      if (!sha) throw notFound();
      return ok(await treePayload(call, sha, call.query["recursive"] !== undefined));
    },
  },
  "git/create-tree": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      await refuseEmpty(call);
      return created(await treePayload(call, await writeTree(call), false));
    },
  },
  "git/get-commit": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const sha = call.params["commit_sha"]!;
      const commit = /^[0-9a-f]{40}$/.test(sha) && (await call.world.git.commit(call.repository, sha));
      if (!commit) throw notFound();
      return ok(gitCommitPayload(call.world, call.repository, commit));
    },
  },
  "git/create-commit": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const { world, repository, actor, body } = call;
      const tree = await resolveRevision(repository.gitDirectory, text(body, "tree") ?? "", "tree");
      if (!tree) throw new ApiError(422, "Tree SHA does not exist");
      const parents = texts(body, "parents") ?? [];
      for (const parent of parents) {
        if (!(await resolveRevision(repository.gitDirectory, parent))) {
          throw new ApiError(422, "Parent SHA does not exist or is not a commit object");
        }
      }
      const self = {
        name: actor.user.name ?? actor.user.login,
        email: actor.user.email ?? `${actor.user.id}+${actor.user.login}@users.noreply.github.com`,
        date: world.now(),
      };
      const author = personOf(property(body, "author"), self);
      const committer = personOf(property(body, "committer"), author);
      const message = text(body, "message") ?? "";
      const sha = await writeCommit(repository.gitDirectory, { tree, parents, message, author, committer });
      return created(gitCommitPayload(world, repository, (await world.git.commit(repository, sha))!));
    },
  },
};

type Person = { name: string; email: string; date: Date };

function personOf(given: unknown, otherwise: Person): Person {
  const date = text(given, "date");
  return {
    name: text(given, "name") ?? otherwise.name,
    email: text(given, "email") ?? otherwise.email,
    date: date === undefined ? otherwise.date : new Date(date),
  };
}

/** The base tree with the entries laid over it, by way of an index of its own. */
async function writeTree(call: RepositoryCall): Promise<string> {
  const { gitDirectory } = call.repository;
  const base = text(call.body, "base_tree");
  const env = { GIT_INDEX_FILE: `${gitDirectory}/index-${call.world.state.nextId()}` };
  if (base !== undefined) {
    if (!(await resolveRevision(gitDirectory, base, "tree")))
      throw new ApiError(422, "base_tree is not a tree");
    await git(gitDirectory, ["read-tree", base], { env });
  }
  const lines: string[] = [];
  for (const entry of items(call.body, "tree") ?? []) {
    const path = text(entry, "path") ?? "";
    const content = text(entry, "content");
    if (content === undefined && property(entry, "sha") === null) {
      lines.push(`0 ${"0".repeat(40)}\t${path}`);
      continue;
    }
    const sha =
      content === undefined
        ? text(entry, "sha")
        : await gitText(gitDirectory, ["hash-object", "-w", "--stdin"], { input: content });
    lines.push(`${text(entry, "mode") ?? "100644"} ${sha}\t${path}`);
  }
  try {
    const input = lines.map((line) => `${line}\0`).join("");
    await git(gitDirectory, ["update-index", "-z", "--index-info"], { env, input });
    return await gitText(gitDirectory, ["write-tree"], { env });
  } catch (error) {
    if (error instanceof LocalGitError) throw new ApiError(422, `tree is not valid: ${error.stderr.trim()}`);
    throw error;
  }
}

async function treePayload(call: RepositoryCall, sha: string, recursive: boolean): Promise<JsonObject> {
  const url = `${repositoryUrl(call.world, call.repository)}/git`;
  const entries = await call.world.git.tree(call.repository, sha, recursive);
  return {
    sha,
    url: `${url}/trees/${sha}`,
    tree: entries.map((entry) => ({
      path: entry.path,
      mode: entry.mode,
      type: entry.type,
      sha: entry.sha,
      ...(entry.size !== undefined && { size: entry.size }),
      ...(entry.type !== "commit" && { url: `${url}/${entry.type}s/${entry.sha}` }),
    })),
    truncated: false,
  };
}
