import path from "node:path";
import { startApp } from "../web/start-app.ts";
import { emptyCommit } from "../../src/git/empty-commit.ts";
import { realGit } from "../../src/git/git.ts";
import { waitingMessage } from "../../src/git/waiting-commit.ts";
import { HostSecrets } from "../../src/host-secrets.ts";
import { runHandler } from "../../src/jobs/handle-run.ts";
import { createLogger } from "../../src/log.ts";
import type { Run } from "../../src/run/run.ts";
import type { Ports } from "../../src/steps/ports.ts";
import { git, mintToken, pushBranch, remoteUrl } from "../local-github/support/test-github.ts";

const shop = "acme/widgets";
export const waitingBranch = "agent/1-mend";

/** The App with a pull request of its own, #1, whose newest commit lets CI wait, and a worker that can be told to work. */
export async function waitingPull() {
  const world = await startApp();
  const { server, local, store, queue, github } = world;
  const work = path.join(server.directory, "source");
  const url = remoteUrl(local.url, await mintToken(server), shop);
  /** A change, and the commit by which CI waits on top of it. Returns the latter. */
  const push = async (content: string): Promise<string> => {
    const parent = await pushBranch(server, waitingBranch, { "src/sum.js": content });
    return publish(await emptyCommit({ gitDir: path.join(work, ".git"), parent, message: waitingMessage }));
  };
  const publish = async (sha: string): Promise<string> => {
    await git(work, "push", "--quiet", url, `${sha}:refs/heads/${waitingBranch}`);
    return sha;
  };
  const headSha = await push("1\n");
  const ref = { owner: "acme", repo: "widgets" };
  const pull = { title: "Mend", head: waitingBranch, base: "main" };
  await server.octokit.rest.pulls.create({ ...ref, ...pull });
  local.createUser({ login: "carol" });
  local.setCollaborator(shop, "carol", "write");
  const ports = {
    store,
    github,
    git: realGit,
    dataDirectory: path.join(server.directory, "data"),
    secrets: new HostSecrets(),
    logger: createLogger({ level: "silent" }),
  } as unknown as Ports;
  return {
    ...world,
    push,
    /** The words of the host's commit in a person's name. */
    forge: async (): Promise<string> => {
      const parent = await pushBranch(server, waitingBranch, { "src/sum.js": "9\n" });
      return publish(await git(work, "commit-tree", "-p", parent, "-m", waitingMessage, `${parent}^{tree}`));
    },
    headSha,
    approve: async (login: string, commitId?: string): Promise<void> => {
      const commit = commitId === undefined ? {} : { commitId };
      await local.as(login).submitReview(shop, 1, { event: "APPROVE", ...commit });
      await world.settled();
    },
    takeBack: async (login: string, how: "dismissed" | "by asking for changes"): Promise<void> => {
      if (how === "dismissed") {
        const { reviews } = local.state.pull(local.repository(shop), 1)!;
        const { id } = reviews.findLast(({ author }) => author.login === login)!;
        const at = { ...ref, pull_number: 1, review_id: id, message: "Not yet" };
        await server.octokit.rest.pulls.dismissReview(at);
      } else await local.as(login).submitReview(shop, 1, { event: "REQUEST_CHANGES", body: "Not yet" });
      await world.settled();
    },
    /** What the queue holds is done; the runs, newest first. */
    work: async (): Promise<Run[]> => {
      for (const runId of queue.runIds.splice(0))
        await runHandler(ports, "worker")(runId, new AbortController().signal);
      await world.settled();
      return store.listRuns();
    },
    head: () => local.state.pull(local.repository(shop), 1)!.head.sha,
    /** One line of what git says of a commit of GitHub's. */
    show: async (format: string, revision: string): Promise<string> => {
      await git(work, "fetch", "--quiet", url, waitingBranch);
      return git(work, "log", "-1", `--format=${format}`, revision);
    },
  };
}
