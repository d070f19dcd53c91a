import { ApiError, notFound } from "../api-error.ts";
import { countCommits, listCommits } from "../git/commits.ts";
import type { GitCommit } from "../git/diff-file.ts";
import { diffText, patchText } from "../git/diff.ts";
import { ok, type Answer, type RepositoryCall, type Routes } from "../http/call.ts";
import { paginate } from "../http/paginate.ts";
import { commitPayload, diffFilePayload } from "../payloads/commit-payload.ts";
import { nodeId } from "../payloads/node-id.ts";
import { minimalRepositoryPayload, repositoryUrl } from "../payloads/repository-payload.ts";
import { isoTime } from "../payloads/time.ts";
import { userPayload } from "../payloads/user-payload.ts";
import type { CommitStatus, Permissions } from "../state/model.ts";
import type { JsonObject } from "../world.ts";

const read: Permissions[] = [{ contents: "read" }];

export const commitRoutes: Routes = {
  "repos/list-commits": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const { sha = call.repository.defaultBranch, path, since, until } = call.query;
      const start = await call.world.git.resolve(call.repository, sha);
      if (!start) {
        const isEmpty = (await call.world.git.branches(call.repository)).length === 0;
        throw isEmpty ? new ApiError(409, "Git Repository is empty.") : notFound();
      }
      const range = [start, ...(path ? ["--", path] : [])];
      const limits = [...(since ? [`--since=${since}`] : []), ...(until ? [`--until=${until}`] : [])];
      const commits = await listCommits(call.repository.gitDirectory, [...limits, ...range], { limit: 1000 });
      return paginate(call, commits, (commit) => commitPayload(call.world, call.repository, { commit }));
    },
  },
  "repos/get-commit": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const commit = await commitFor(call);
      const { gitDirectory } = call.repository;
      const [parent] = commit.parents;
      if (/\bdiff\b/.test(call.accept) && parent) {
        return raw("diff", await diffText(gitDirectory, parent, commit.sha));
      }
      if (/\.sha\b/.test(call.accept)) return raw("sha", commit.sha);
      const files = await call.world.git.filesOfCommit(call.repository, commit.sha);
      return ok(commitPayload(call.world, call.repository, { commit, files }));
    },
  },
  "repos/compare-commits-with-basehead": { for: "repository", needs: read, handle: compare },
  "repos/get-combined-status-for-ref": {
    for: "repository",
    needs: [{ statuses: "read" }],
    handle: async (call) => {
      const { sha } = await commitFor(call);
      const latest = latestStatuses(call, sha);
      const url = `${repositoryUrl(call.world, call.repository)}/commits/${sha}`;
      return ok({
        state: combined(latest),
        statuses: latest.map((status) => statusPayload(call, status)),
        sha,
        total_count: latest.length,
        repository: minimalRepositoryPayload(call.world, call.repository),
        commit_url: url,
        url: `${url}/status`,
      });
    },
  },
  "repos/list-commit-statuses-for-ref": {
    for: "repository",
    needs: [{ statuses: "read" }],
    handle: async (call) => {
      const { sha } = await commitFor(call);
      const statuses = call.repository.statuses.filter((status) => status.sha === sha).toReversed();
      return paginate(call, statuses, (status) => ({
        ...statusPayload(call, status),
        creator: userPayload(call.world, status.creator),
      }));
    },
  },
};

/** The commit that the path's `ref` names, or 422 with GitHub's words. */
export async function commitFor(call: RepositoryCall): Promise<GitCommit> {
  const ref = call.params["ref"] ?? call.params["commit_sha"] ?? "";
  const commit = await call.world.git.commit(call.repository, ref);
  if (!commit) throw new ApiError(422, `No commit found for SHA: ${ref}`);
  return commit;
}

async function compare(call: RepositoryCall): Promise<Answer> {
  const { world, repository } = call;
  const { gitDirectory } = repository;
  const [baseName = "", headName = ""] = call.params["basehead"]!.split("...");
  const [base, head] = await Promise.all([
    world.git.commit(repository, withoutOwner(call, baseName)),
    world.git.commit(repository, withoutOwner(call, headName)),
  ]);
  if (!base || !head) throw notFound();
  const common = await world.git.mergeBase(repository, base.sha, head.sha);
  const merge = common && (await world.git.commit(repository, common));
  if (!merge) throw new ApiError(404, `No common ancestor between ${baseName} and ${headName}.`);
  if (/\bdiff\b/.test(call.accept)) return raw("diff", await diffText(gitDirectory, merge.sha, head.sha));
  if (/\bpatch\b/.test(call.accept)) return raw("patch", await patchText(gitDirectory, merge.sha, head.sha));
  const [ahead, behind, commits, files] = await Promise.all([
    countCommits(gitDirectory, `${base.sha}..${head.sha}`),
    countCommits(gitDirectory, `${head.sha}..${base.sha}`),
    listCommits(gitDirectory, ["--reverse", `${base.sha}..${head.sha}`]),
    world.git.diff(gitDirectory, merge.sha, head.sha),
  ]);
  const render = (commit: GitCommit): JsonObject => commitPayload(world, repository, { commit });
  const page = `${world.url}/${repository.fullName}/compare/${baseName}...${headName}`;
  const paged = await paginate(call, commits, render);
  return {
    status: 200,
    headers: paged.headers ?? {},
    body: {
      url: `${repositoryUrl(world, repository)}/compare/${encodeURIComponent(baseName)}...${encodeURIComponent(headName)}`,
      html_url: page,
      permalink_url: `${world.url}/${repository.fullName}/compare/${base.sha.slice(0, 7)}...${head.sha.slice(0, 7)}`,
      diff_url: `${page}.diff`,
      patch_url: `${page}.patch`,
      base_commit: render(base),
      merge_base_commit: render(merge),
      status: ahead > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical",
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: paged.body,
      files: files.slice(0, 300).map((file) => diffFilePayload(world, repository, { file, sha: head.sha })),
    },
  };
}

/** `owner:branch` of this same repository; forks are compared through their pull requests. */
function withoutOwner(call: RepositoryCall, name: string): string {
  const owner = `${call.repository.owner.login}:`;
  return name.startsWith(owner) ? name.slice(owner.length) : name;
}

function raw(media: string, content: string): Answer {
  return { status: 200, raw: { contentType: `application/vnd.github.${media}; charset=utf-8`, content } };
}

function latestStatuses(call: RepositoryCall, sha: string): CommitStatus[] {
  const newest = call.repository.statuses.filter((status) => status.sha === sha).toReversed();
  return newest.filter((one, at) => newest.findIndex((other) => other.context === one.context) === at);
}

function combined(statuses: CommitStatus[]): "failure" | "pending" | "success" {
  if (statuses.some((one) => one.state === "failure" || one.state === "error")) return "failure";
  return statuses.length === 0 || statuses.some((one) => one.state === "pending") ? "pending" : "success";
}

function statusPayload(call: RepositoryCall, status: CommitStatus): JsonObject {
  return {
    url: `${repositoryUrl(call.world, call.repository)}/statuses/${status.sha}`,
    avatar_url: `${call.world.url}/avatars/u/${status.creator.id}`,
    id: status.id,
    node_id: nodeId("status", status.id),
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: isoTime(status.createdAt),
    updated_at: isoTime(status.createdAt),
  };
}
