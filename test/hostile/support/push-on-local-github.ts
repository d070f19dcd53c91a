import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { gitGuarding } from "../../../src/git/git.ts";
import { HostSecrets } from "../../../src/host-secrets.ts";
import { noLimits } from "../../../src/run/budget-limits.ts";
import { Budget } from "../../../src/run/budget.ts";
import { Ladder } from "../../../src/run/ladder.ts";
import { loadSettings } from "../../../src/settings/load-settings.ts";
import type { OpenRun } from "../../../src/steps/open-run.ts";
import { pushChange } from "../../../src/steps/push-change.ts";
import type { Task } from "../../../src/steps/task.ts";
import type { Trigger } from "../../../src/triggers/trigger.ts";
import { git, mintToken, remoteUrl } from "../../local-github/support/test-github.ts";
import { aTask } from "../../support/agent-options.ts";
import { commitAsCoder } from "./change-in-quarantine.ts";
import { runOnLocalGitHub } from "./run-on-local-github.ts";

/** A run whose coder's commits go through the gate to a branch of a local GitHub, under these settings. */
export async function pushOnLocalGitHub(
  options: { settings?: string; secrets?: readonly string[]; trigger?: Partial<Trigger> } = {},
) {
  const world = await runOnLocalGitHub(options);
  const { server, repository, run } = world;
  const { publisher, journal } = await world.life();
  const secrets = new HostSecrets(options.secrets ?? []);
  const own = gitGuarding(secrets);
  const token = await mintToken(server);
  const url = remoteUrl(server.github.url, token, "acme/widgets");
  const work = join(server.directory, "coder");
  await git(server.directory, "clone", "--quiet", url, work);
  const baseSha = await git(work, "rev-parse", "HEAD");
  const mirror = await own.ensureMirror({
    directory: join(server.directory, "mirrors"),
    url: repository.cloneUrl,
    token,
    refs: [],
  });
  const loaded = loadSettings(options.settings ?? null);
  if (!loaded.ok) throw new Error("The settings are wrong.");
  const task: Task = {
    ...aTask({ branch: "agent/1-mend" }),
    settings: loaded.settings,
    baseRef: "main",
    baseSha,
    setup: [],
  };
  const artifacts = new Map<string, Uint8Array>();
  const bench = {
    git: own,
    mirror: mirror.path,
    quarantine: join(server.directory, "quarantine"),
    events: journal.events,
    budget: Budget.replay(noLimits, [], () => 0),
    ladder: new Ladder([], journal.events),
    artifacts: { get: async (name: string) => artifacts.get(name) ?? null },
  };
  const open = {
    run,
    repository,
    publisher,
    journal,
    ports: { git: own },
    status: { url: null },
    bench: async () => bench,
  } as unknown as OpenRun;
  const signal = AbortSignal.timeout(60_000);
  let pushes = 0;
  return {
    ...world,
    open,
    task,
    work,
    baseSha,
    journal,
    /** What the coder committed on `from` goes out; the commit which GitHub then has. */
    push: async (from: string, isNew: boolean) => {
      const artifact = `change-${(pushes += 1)}`;
      execFileSync("git", ["-C", work, "bundle", "create", "-q", `${work}.bundle`, "HEAD", `^${from}`]);
      artifacts.set(artifact, execFileSync("cat", [`${work}.bundle`]));
      const change = { artifact } as Parameters<typeof pushChange>[1]["change"];
      const step = pushes === 1 ? "push" : `push-${pushes - 1}`;
      return journal.step(step, () => pushChange(open, { task, change, from, isNew, signal }));
    },
    commit: (message: string) => commitAsCoder(work, "--all", "--allow-empty", "-m", message),
    /** The head of the run's branch, as GitHub has it: its message and its tree, and the number of commits on main. */
    head: async () => {
      await git(work, "fetch", "--quiet", url, task.branch);
      const show = (format: string): Promise<string> =>
        git(work, "log", "-1", `--format=${format}`, "FETCH_HEAD");
      return {
        sha: await show("%H"),
        message: execFileSync("git", ["-C", work, "log", "-1", "--format=%B", "FETCH_HEAD"], {
          encoding: "utf8",
        }),
        tree: await show("%T"),
        author: await show("%an <%ae>"),
        commits: Number(await git(work, "rev-list", "--count", `${baseSha}..FETCH_HEAD`)),
      };
    },
  };
}
