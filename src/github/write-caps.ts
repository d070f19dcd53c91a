import { GitHubError } from "../errors.ts";

export type WriteKind = keyof typeof writeCaps;

/**
 * How often one run may write in each way, over all its lives. A run that does its work stays far below; one that a hostile text has
 * got hold of, or that goes round in circles, ends here. Edits of the status comment are held by their pace instead.
 */
export const writeCaps = {
  /** The status comment, and once more on the pull request where its issue is gone. */
  comment: 2,
  reaction: 3,
  /** One run, one pull request. */
  pull: 1,
  /** Settings take at most 10 rounds. */
  review: 12,
  /** Each thread once a round: at most 10 rounds of 50 comments, and the threads that people began. */
  reply: 600,
  resolve: 600,
  ready: 1,
  reviewer: 1,
  label: 3,
  checkRun: 3,
  /** The change, and a revision a round. */
  push: 12,
} as const;

/** In one review: settings take at most 50. */
export const maxInlineComments = 50;

/** Throws GitHubError `gate.cap` for a review with too many comments in lines. */
export function requireFewComments(count: number): void {
  if (count <= maxInlineComments) return;
  throw new GitHubError(
    "gate.cap",
    `A review may have at most ${maxInlineComments} comments in lines, and this one had ${count}.`,
    { mend: "Nothing of it was written; write `/agent review` to have it reviewed anew.", fields: { count } },
  );
}

/** Counts the writes of a run by their keys, which are unique in it: one that is begun again counts once. */
export class WriteCaps {
  readonly #keys = new Map<WriteKind, Set<string>>();

  /** `earlier`: keys of the run's writes so far. */
  constructor(earlier: readonly string[]) {
    for (const key of earlier) {
      const kind = kindOf(key);
      if (kind !== null) this.#of(kind).add(key);
    }
  }

  /** Throws GitHubError `gate.cap` when this would be one too many. */
  take(key: string): void {
    const kind = kindOf(key);
    if (kind === null) throw new TypeError(`The write ${key} is of no kind that has a cap.`);
    const keys = this.#of(kind);
    if (keys.has(key)) return;
    if (keys.size >= writeCaps[kind]) throw tooMany(kind, writeCaps[kind]);
    keys.add(key);
  }

  #of(kind: WriteKind): Set<string> {
    const keys = this.#keys.get(kind) ?? new Set();
    this.#keys.set(kind, keys);
    return keys;
  }
}

const kinds: readonly [pattern: RegExp, kind: WriteKind][] = [
  [/^comment-/, "comment"],
  [/^reaction-/, "reaction"],
  [/^open-pull-request$/, "pull"],
  [/^review-\d+$/, "review"],
  [/^reply-/, "reply"],
  [/^resolve-/, "resolve"],
  [/^ready-for-review$/, "ready"],
  [/^request-reviewer$/, "reviewer"],
  [/^labels-/, "label"],
  [/^check-run-/, "checkRun"],
  [/^push-/, "push"],
];

function kindOf(key: string): WriteKind | null {
  return kinds.find(([pattern]) => pattern.test(key))?.[1] ?? null;
}

const words: Record<WriteKind, string> = {
  comment: "comments",
  reaction: "reactions",
  pull: "pull requests",
  review: "reviews",
  reply: "answers in review threads",
  resolve: "resolved threads",
  ready: "pull requests marked as ready",
  reviewer: "requests for a review",
  label: "changes of labels",
  checkRun: "check runs",
  push: "pushes",
};

function tooMany(kind: WriteKind, cap: number): GitHubError {
  return new GitHubError(
    "gate.cap",
    `One run may make at most ${cap} ${words[kind]}, and this was one more.`,
    {
      mend: "Nothing of it was written; look at what the run did, and write the command again with a smaller task.",
      fields: { kind, cap },
    },
  );
}
