import { writeFileSync } from "node:fs";
import type { Person } from "../../../src/local-github/person.ts";
import type { Repository } from "../../../src/local-github/state/model.ts";
import { asker, e2eRepository, E2eWorld } from "../../support/e2e-world.ts";
import { runGit } from "../../support/sample-repository.ts";
import { GitHubJudge } from "../evil/github-judge.ts";

export interface QuietRun {
  readonly issue: number;
  readonly pull: number;
  readonly branch: string;
}

/** A GitHub with its judge, where runs have done nothing wrong until somebody plants a breach. */
export class JudgedWorld implements AsyncDisposable {
  readonly world: E2eWorld;
  readonly judge: GitHubJudge;
  readonly units: Repository;
  /** Our App, as if it could do what a person can. */
  readonly bot: Person;

  private constructor(world: E2eWorld, judge: GitHubJudge) {
    this.world = world;
    this.judge = judge;
    this.units = world.github.repository(e2eRepository);
    this.bot = world.github.as(world.github.state.installationsOf(this.units)[0]!.app.bot.login);
  }

  static async start(): Promise<JudgedWorld> {
    const world = await E2eWorld.start();
    return new JudgedWorld(world, await GitHubJudge.start(world, trapOf(world)));
  }

  /** What a run leaves that has done all as it should. */
  async run(): Promise<QuietRun> {
    const { world, bot } = this;
    const person = world.github.as(asker);
    const { number: issue } = await person.openIssue(e2eRepository, { title: "Ours", body: "" });
    const branch = `agent/${issue}-ours`;
    this.commit(branch, ["ours.txt"], "main");
    bot.comment(e2eRepository, issue, `@${asker} asked, and @${asker} hears. <!-- handback:r1:status -->`);
    const body = `Closes #${issue}\n\n[The run](${world.door.url}/${e2eRepository}/pull/1)`;
    const opened = await bot.openPull(e2eRepository, { title: "Ours", body, head: branch, base: "main" });
    const pull = opened.issue.number;
    await bot.submitReview(e2eRepository, pull, {
      event: "COMMENT",
      body: "~A lie~ is dropped.",
      comments: [onOurs("**A fault**")],
    });
    return { issue, pull, branch };
  }

  /** Puts a commit with these files, beside those of its parent, at the head of a branch. */
  commit(branch: string, names: readonly string[], parent: string | null): void {
    const at = this.units.gitDirectory;
    const git = (...args: string[]) => runGit(at, ...args).trim();
    process.env["GIT_INDEX_FILE"] = `${at}/index-of-the-test`;
    try {
      git("read-tree", parent ?? "--empty");
      writeFileSync(`${at}/blob-of-the-test`, "ours\n");
      const blob = git("hash-object", "-w", `${at}/blob-of-the-test`);
      for (const name of names) git("update-index", "--add", "--cacheinfo", `100644,${blob},${name}`);
      const parents = parent === null ? [] : ["-p", parent];
      const sha = git("commit-tree", git("write-tree"), ...parents, "-m", "Ours");
      git("update-ref", `refs/heads/${branch}`, sha);
    } finally {
      delete process.env["GIT_INDEX_FILE"];
    }
  }

  springTrap(): void {
    writeFileSync(trapOf(this.world), "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

/** Not where real runs of other tests would leave something. */
function trapOf(world: E2eWorld): string {
  return `${world.dataDirectory}-sprung`;
}

/** A comment on the one line that a quiet run has written. */
export function onOurs(body: string) {
  return { path: "ours.txt", line: 1, side: "RIGHT", body } as const;
}
