import type { Repository } from "../state/model.ts";
import type { JsonObject, World } from "../world.ts";
import { nodeId } from "./node-id.ts";
import { isoTime } from "./time.ts";
import { userPayload } from "./user-payload.ts";

/** GitHub's `repository`, as it stands in lists, pull requests and webhooks. */
export function repositoryPayload(world: World, repository: Repository): JsonObject {
  const openIssues = repository.issues.filter((issue) => issue.state === "open").length;
  return {
    ...minimalRepositoryPayload(world, repository),
    ...cloneUrls(world, repository),
    homepage: null,
    language: null,
    license: null,
    mirror_url: null,
    size: 0,
    default_branch: repository.defaultBranch,
    stargazers_count: 0,
    watchers_count: 0,
    forks_count: forks(world, repository),
    open_issues_count: openIssues,
    forks: forks(world, repository),
    open_issues: openIssues,
    watchers: 0,
    has_issues: repository.hasIssues,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    archived: repository.archived,
    disabled: false,
    is_template: false,
    topics: [],
    visibility: repository.private ? "private" : "public",
    allow_forking: true,
    web_commit_signoff_required: false,
    created_at: isoTime(repository.createdAt),
    updated_at: isoTime(repository.updatedAt),
    pushed_at: isoTime(repository.pushedAt),
  };
}

/** What `GET /repos/{owner}/{repo}` gives. */
export function fullRepositoryPayload(world: World, repository: Repository): JsonObject {
  return {
    ...repositoryPayload(world, repository),
    subscribers_count: 0,
    network_count: forks(world, repository),
    allow_rebase_merge: false,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_auto_merge: false,
    delete_branch_on_merge: false,
    allow_update_branch: false,
    ...(repository.parent && {
      parent: repositoryPayload(world, repository.parent),
      source: repositoryPayload(world, repository.parent),
    }),
  };
}

/** The part that even the smallest rendering of a repository has. */
export function minimalRepositoryPayload(world: World, repository: Repository): JsonObject {
  const url = repositoryUrl(world, repository);
  return {
    id: repository.id,
    node_id: nodeId("repository", repository.id),
    name: repository.name,
    full_name: repository.fullName,
    private: repository.private,
    owner: userPayload(world, repository.owner),
    html_url: `${world.url}/${repository.fullName}`,
    description: repository.description,
    fork: repository.parent !== undefined,
    url,
    ...Object.fromEntries(Object.entries(templates).map(([name, rest]) => [name, url + rest])),
  };
}

export function repositoryUrl(world: World, repository: Repository): string {
  return `${world.apiUrl}/repos/${repository.fullName}`;
}

function cloneUrls(world: World, repository: Repository): JsonObject {
  const page = `${world.url}/${repository.fullName}`;
  return {
    git_url: `git://${new URL(world.url).host}/${repository.fullName}.git`,
    ssh_url: `git@${new URL(world.url).hostname}:${repository.fullName}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
  };
}

function forks(world: World, repository: Repository): number {
  return world.state.repositories.filter((one) => one.parent === repository).length;
}

const templates = {
  archive_url: "/{archive_format}{/ref}",
  assignees_url: "/assignees{/user}",
  blobs_url: "/git/blobs{/sha}",
  branches_url: "/branches{/branch}",
  collaborators_url: "/collaborators{/collaborator}",
  comments_url: "/comments{/number}",
  commits_url: "/commits{/sha}",
  compare_url: "/compare/{base}...{head}",
  contents_url: "/contents/{+path}",
  contributors_url: "/contributors",
  deployments_url: "/deployments",
  downloads_url: "/downloads",
  events_url: "/events",
  forks_url: "/forks",
  git_commits_url: "/git/commits{/sha}",
  git_refs_url: "/git/refs{/sha}",
  git_tags_url: "/git/tags{/sha}",
  hooks_url: "/hooks",
  issue_comment_url: "/issues/comments{/number}",
  issue_events_url: "/issues/events{/number}",
  issues_url: "/issues{/number}",
  keys_url: "/keys{/key_id}",
  labels_url: "/labels{/name}",
  languages_url: "/languages",
  merges_url: "/merges",
  milestones_url: "/milestones{/number}",
  notifications_url: "/notifications{?since,all,participating}",
  pulls_url: "/pulls{/number}",
  releases_url: "/releases{/id}",
  stargazers_url: "/stargazers",
  statuses_url: "/statuses/{sha}",
  subscribers_url: "/subscribers",
  subscription_url: "/subscription",
  tags_url: "/tags",
  teams_url: "/teams",
  trees_url: "/git/trees{/sha}",
};
