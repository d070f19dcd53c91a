import { createComment, updateComment } from "./actions/comments.ts";
import { closeIssue, createIssue, updateIssue, type IssueChanges, type NewIssue } from "./actions/issues.ts";
import { addLabels, findLabel, removeLabel } from "./actions/labels.ts";
import { mergePull, type MergeOptions } from "./actions/merge-pull.ts";
import { createPull, setDraft, type NewPull } from "./actions/pulls.ts";
import { setResolved } from "./actions/review-threads.ts";
import { createReply, createReview, type NewReview } from "./actions/reviews.ts";
import type {
  CommitStatus,
  Issue,
  IssueComment,
  Pull,
  Repository,
  Review,
  ReviewComment,
  User,
} from "./state/model.ts";
import type { Actor, World } from "./world.ts";

/** A person at the browser: no token, no permission asked for; what they do is what GitHub would let them do. */
export class Person {
  readonly #world: World;
  readonly #actor: Actor;

  constructor(world: World, user: User) {
    this.#world = world;
    this.#actor = { user, app: undefined };
  }

  openIssue(repository: string, issue: NewIssue): Promise<Issue> {
    return createIssue(this.#world, this.#repository(repository), this.#actor, issue);
  }

  editIssue(repository: string, number: number, changes: IssueChanges): Promise<void> {
    return updateIssue(this.#world, this.#issue(repository, number), this.#actor, changes);
  }

  closeIssue(repository: string, number: number): Promise<void> {
    return closeIssue(this.#world, this.#issue(repository, number), this.#actor);
  }

  addLabel(repository: string, number: number, label: string): Promise<void> {
    return addLabels(this.#world, this.#issue(repository, number), this.#actor, [label]);
  }

  async removeLabel(repository: string, number: number, name: string): Promise<void> {
    const issue = this.#issue(repository, number);
    const label = findLabel(issue.repository, name);
    if (!label) throw new Error(`no label ${name}`);
    await removeLabel(this.#world, issue, this.#actor, label);
  }

  comment(repository: string, number: number, body: string): IssueComment {
    return createComment(this.#world, this.#issue(repository, number), this.#actor, body);
  }

  editComment(repository: string, id: number, body: string): void {
    const comment = this.#world.state.issueComment(this.#repository(repository), id);
    if (!comment) throw new Error(`no comment ${id}`);
    updateComment(this.#world, comment, this.#actor, body);
  }

  openPull(repository: string, pull: NewPull): Promise<Pull> {
    return createPull(this.#world, this.#repository(repository), this.#actor, pull);
  }

  readyForReview(repository: string, number: number): Promise<void> {
    return setDraft(this.#world, this.#pull(repository, number), this.#actor, false);
  }

  submitReview(
    repository: string,
    number: number,
    review: NewReview & { event: NonNullable<NewReview["event"]> },
  ): Promise<Review> {
    return createReview(this.#world, this.#pull(repository, number), this.#actor, review);
  }

  replyToReviewComment(repository: string, id: number, body: string): ReviewComment {
    const comment = this.#world.state.reviewComment(this.#repository(repository), id);
    if (!comment) throw new Error(`no review comment ${id}`);
    return createReply(this.#world, comment, this.#actor, body);
  }

  resolveThread(threadId: number): void {
    const thread = this.#world.state.thread(threadId);
    if (!thread) throw new Error(`no review thread ${threadId}`);
    setResolved(this.#world, thread, this.#actor, true);
  }

  /** As a continuous integration of the old kind reports. */
  setCommitStatus(
    repository: string,
    sha: string,
    status: Pick<CommitStatus, "state" | "context"> &
      Partial<Pick<CommitStatus, "description" | "targetUrl">>,
  ): CommitStatus {
    const id = this.#world.state.nextId();
    const made = { description: null, targetUrl: null, ...status, id, sha };
    const recorded = { ...made, creator: this.#actor.user, createdAt: this.#world.now() };
    this.#repository(repository).statuses.push(recorded);
    return recorded;
  }

  /** Returns the merge commit's name. */
  merge(repository: string, number: number, options: MergeOptions = {}): Promise<string> {
    return mergePull(this.#world, this.#pull(repository, number), this.#actor, options);
  }

  #repository(fullName: string): Repository {
    const [owner = "", name = ""] = fullName.split("/");
    const repository = this.#world.state.repository(owner, name);
    if (!repository) throw new Error(`no repository ${fullName}`);
    return repository;
  }

  #issue(repository: string, number: number): Issue {
    const issue = this.#world.state.issue(this.#repository(repository), number);
    if (!issue) throw new Error(`no issue ${repository}#${number}`);
    return issue;
  }

  #pull(repository: string, number: number): Pull {
    const pull = this.#world.state.pull(this.#repository(repository), number);
    if (!pull) throw new Error(`no pull request ${repository}#${number}`);
    return pull;
  }
}
