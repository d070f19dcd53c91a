import { execFileSync } from "node:child_process";
import type { Repository } from "../../../src/local-github/state/model.ts";

/** All that a bot left in a repository, counted: what is not in it was not written. */
export interface Writes {
  readonly comments: number;
  readonly eyes: number;
  readonly otherReactions: number;
  readonly reviews: number;
  readonly checkRuns: number;
  /** Of the bot, as `#2 draft` or `#2 ready`. */
  readonly pulls: readonly string[];
  readonly branches: readonly string[];
}

export function writesIn(repository: Repository, botLogin: string): Writes {
  const isBots = (one: { readonly author: { readonly login: string } }): boolean =>
    one.author.login === botLogin;
  const comments = repository.issues.flatMap((issue) => issue.comments);
  const reactions = [...repository.issues, ...comments]
    .flatMap((place) => place.reactions)
    .filter(({ user }) => user.login === botLogin);
  const pulls = repository.issues.flatMap(({ pull }) => (pull === undefined ? [] : [pull]));
  const refs = execFileSync("git", ["for-each-ref", "--format=%(refname:short)", "refs/heads"], {
    cwd: repository.gitDirectory,
    encoding: "utf8",
  });
  return {
    comments: comments.filter(isBots).length,
    eyes: reactions.filter(({ content }) => content === "eyes").length,
    otherReactions: reactions.filter(({ content }) => content !== "eyes").length,
    reviews: pulls.flatMap(({ reviews }) => reviews).filter(isBots).length,
    checkRuns: repository.checkRuns.length,
    pulls: pulls
      .filter(({ issue }) => isBots(issue))
      .map(({ issue, draft }) => `#${issue.number} ${draft ? "draft" : "ready"}`),
    branches: refs.split("\n").filter((branch) => branch !== ""),
  };
}

/** One 👀 and one status comment, and nothing else. */
export const onlyAnAnswer: Writes = {
  comments: 1,
  eyes: 1,
  otherReactions: 0,
  reviews: 0,
  checkRuns: 0,
  pulls: [],
  branches: ["main"],
};

/** A reply, without a run. */
export const onlyAReply: Writes = { ...onlyAnAnswer, eyes: 0 };
