import { mergePull } from "../actions/merge-pull.ts";
import { updateIssue } from "../actions/issues.ts";
import { changeBase, createPull, removeReviewers, requestReviewers } from "../actions/pulls.ts";
import { notFound, validationFailed } from "../api-error.ts";
import { created, noContent, ok, type Answer, type RepositoryCall, type Routes } from "../http/call.ts";
import { defined, flag, text, textOrNull, texts } from "../http/fields.ts";
import { findPull } from "../http/find.ts";
import { paginate } from "../http/paginate.ts";
import { commitPayload, diffFilePayload } from "../payloads/commit-payload.ts";
import { pullPayload, simplePullPayload } from "../payloads/pull-payload.ts";
import { userPayload } from "../payloads/user-payload.ts";
import { sameName } from "../state/local-github-state.ts";
import type { Permissions, Pull } from "../state/model.ts";

const read: Permissions[] = [{ pull_requests: "read" }];
const write: Permissions[] = [{ pull_requests: "write" }];

export const pullRoutes: Routes = {
  "pulls/list": {
    for: "repository",
    needs: read,
    handle: (call) => paginate(call, listPulls(call), (pull) => simplePullPayload(call.world, pull)),
  },
  "pulls/create": {
    for: "repository",
    needs: write,
    people: "read",
    handle: async (call) => {
      const { body, world } = call;
      const [title, head, base] = [text(body, "title"), text(body, "head"), text(body, "base")];
      if (title === undefined || head === undefined || base === undefined) {
        throw validationFailed({ resource: "PullRequest", code: "missing_field", field: "title" });
      }
      const given = {
        title,
        head,
        base,
        body: textOrNull(body, "body"),
        draft: flag(body, "draft"),
        maintainerCanModify: flag(body, "maintainer_can_modify"),
      };
      const pull = await createPull(world, call.repository, call.actor, defined(given));
      return created(await pullPayload(world, pull));
    },
  },
  "pulls/get": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const pull = findPull(call);
      const media = /\b(diff|patch)\b/.exec(call.accept)?.[1];
      if (media === "diff") return plain(media, await call.world.git.diffOfPull(pull));
      if (media === "patch") return plain(media, await call.world.git.patchOfPull(pull));
      return ok(await pullPayload(call.world, pull));
    },
  },
  "pulls/update": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const { body, world, actor } = call;
      const pull = findPull(call);
      const state = text(body, "state");
      const changes = {
        title: text(body, "title"),
        body: textOrNull(body, "body"),
        state: state === "open" || state === "closed" ? state : undefined,
      } as const;
      const base = text(body, "base");
      if (base !== undefined) await changeBase(world, pull, actor, base);
      await updateIssue(world, pull.issue, actor, defined(changes));
      return ok(await pullPayload(world, pull));
    },
  },
  "pulls/list-commits": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const commits = (await call.world.git.commitsOfPull(findPull(call))).slice(0, 250);
      return paginate(call, commits, (commit) => commitPayload(call.world, call.repository, { commit }));
    },
  },
  "pulls/list-files": {
    for: "repository",
    needs: read,
    handle: async (call) => {
      const pull = findPull(call);
      const files = (await call.world.git.filesOfPull(pull)).slice(0, 3000);
      return paginate(call, files, (file) =>
        diffFilePayload(call.world, call.repository, { file, sha: pull.head.sha }),
      );
    },
  },
  "pulls/check-if-merged": {
    for: "repository",
    needs: [{ contents: "read" }],
    handle: (call) => {
      if (!findPull(call).mergedAt) throw notFound();
      return noContent;
    },
  },
  "pulls/merge": {
    for: "repository",
    needs: [{ contents: "write" }],
    handle: async (call) => {
      const { body } = call;
      const method = text(body, "merge_method");
      const options = {
        method: method === "squash" || method === "rebase" ? method : "merge",
        title: text(body, "commit_title"),
        message: text(body, "commit_message"),
        sha: text(body, "sha"),
      } as const;
      const sha = await mergePull(call.world, findPull(call), call.actor, defined(options));
      return ok({ sha, merged: true, message: "Pull Request successfully merged" });
    },
  },
  "pulls/list-requested-reviewers": {
    for: "repository",
    needs: read,
    handle: (call) => {
      const users = findPull(call).requestedReviewers.map((user) => userPayload(call.world, user));
      return ok({ users, teams: [] });
    },
  },
  "pulls/request-reviewers": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const pull = findPull(call);
      await requestReviewers(call.world, pull, call.actor, texts(call.body, "reviewers") ?? []);
      return created(simplePullPayload(call.world, pull));
    },
  },
  "pulls/remove-requested-reviewers": {
    for: "repository",
    needs: write,
    handle: async (call) => {
      const pull = findPull(call);
      await removeReviewers(call.world, pull, call.actor, texts(call.body, "reviewers") ?? []);
      return ok(simplePullPayload(call.world, pull));
    },
  },
};

function plain(media: string, content: string): Answer {
  return { status: 200, raw: { contentType: `application/vnd.github.${media}; charset=utf-8`, content } };
}

function listPulls({ world, repository, query }: RepositoryCall): Pull[] {
  const state = query["state"] ?? "open";
  const found = world.state.pulls(repository).filter((pull) => {
    const head = `${pull.head.repository.owner.login}:${pull.head.ref}`;
    return (
      (state === "all" || pull.issue.state === state) &&
      (!query["head"] || sameName(head, query["head"])) &&
      (!query["base"] || pull.base.ref === query["base"])
    );
  });
  const key = query["sort"] === "updated" ? "updatedAt" : "createdAt";
  const ascending = (query["direction"] ?? (query["sort"] ? "asc" : "desc")) === "asc";
  found.sort((one, other) => {
    const order =
      one.issue[key].getTime() - other.issue[key].getTime() || one.issue.number - other.issue.number;
    return ascending ? order : -order;
  });
  return found;
}
