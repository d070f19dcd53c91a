import type { GitReader } from "../local-github-pages.ts";
import type { Pull, Repository } from "../state/model.ts";
import { listCommits } from "./commits.ts";
import { diffFiles, diffText, patchText } from "./diff.ts";
import type { DiffFile, GitCommit } from "./diff-file.ts";
import { GitCache } from "./git-cache.ts";
import { git, resolveRevision } from "./git.ts";
import { mergedTree } from "./merge.ts";
import { listRefs, mergeBase } from "./refs.ts";

type TreeEntry = {
  path: string;
  name: string;
  type: "blob" | "tree" | "commit";
  mode: string;
  sha: string;
  size: number | undefined;
};

/** The tree with nothing in it, which every git knows. */
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** Reads of the bare repositories. What is asked by full object names is remembered. */
export class GitStore implements GitReader {
  readonly #cache = new GitCache();

  async filesOfPull(pull: Pull): Promise<DiffFile[]> {
    const { gitDirectory } = pull.base.repository;
    return this.diff(gitDirectory, await this.pullBase(pull), pull.head.sha);
  }

  async diffOfPull(pull: Pull): Promise<string> {
    return diffText(pull.base.repository.gitDirectory, await this.pullBase(pull), pull.head.sha);
  }

  async patchOfPull(pull: Pull): Promise<string> {
    return patchText(pull.base.repository.gitDirectory, await this.pullBase(pull), pull.head.sha);
  }

  async commitsOfPull(pull: Pull): Promise<GitCommit[]> {
    const { gitDirectory } = pull.base.repository;
    const base = await this.pullBase(pull);
    return this.#cache.get(`commits ${gitDirectory} ${base} ${pull.head.sha}`, () =>
      listCommits(gitDirectory, ["--reverse", "--topo-order", `${base}..${pull.head.sha}`]),
    );
  }

  /** The commit from which the pull request's diff counts. */
  async pullBase(pull: Pull): Promise<string> {
    const base = await this.mergeBase(pull.base.repository, pull.base.sha, pull.head.sha);
    return base ?? pull.base.sha;
  }

  async isMergeable(pull: Pull): Promise<boolean> {
    const { repository, ref } = pull.base;
    const base = await resolveRevision(repository.gitDirectory, `refs/heads/${ref}`);
    if (!base) return false;
    return (await this.mergedTree(repository, base, pull.head.sha)) !== undefined;
  }

  mergedTree(repository: Repository, base: string, head: string): Promise<string | undefined> {
    const { gitDirectory } = repository;
    return this.#cache.get(`merge ${gitDirectory} ${base} ${head}`, () =>
      mergedTree(gitDirectory, base, head),
    );
  }

  mergeBase(repository: Repository, one: string, other: string): Promise<string | undefined> {
    const { gitDirectory } = repository;
    return this.#cache.get(`base ${gitDirectory} ${one} ${other}`, () => mergeBase(gitDirectory, one, other));
  }

  diff(gitDirectory: string, from: string, to: string): Promise<DiffFile[]> {
    return this.#cache.get(`diff ${gitDirectory} ${from} ${to}`, () => diffFiles(gitDirectory, from, to));
  }

  async branches(repository: Repository): Promise<{ name: string; sha: string }[]> {
    const refs = await listRefs(repository.gitDirectory, "refs/heads/");
    return refs.map(({ ref, sha }) => ({ name: ref.slice("refs/heads/".length), sha }));
  }

  async commits(repository: Repository, ref: string, limit = 100): Promise<GitCommit[]> {
    const sha = await this.resolve(repository, ref);
    return sha ? listCommits(repository.gitDirectory, [sha], { limit }) : [];
  }

  async commit(repository: Repository, ref: string): Promise<GitCommit | undefined> {
    const sha = await this.resolve(repository, ref);
    if (!sha) return undefined;
    const { gitDirectory } = repository;
    return this.#cache.get(`commit ${gitDirectory} ${sha}`, async () => {
      const [commit] = await listCommits(gitDirectory, [sha], { limit: 1 });
      return commit;
    });
  }

  async filesOfCommit(repository: Repository, sha: string): Promise<DiffFile[]> {
    const commit = await this.commit(repository, sha);
    if (!commit) return [];
    return this.diff(repository.gitDirectory, commit.parents[0] ?? emptyTree, commit.sha);
  }

  async file(repository: Repository, ref: string, path: string): Promise<Buffer | undefined> {
    const entry = await this.entry(repository, ref, path);
    return entry?.type === "blob" ? this.blob(repository, entry.sha) : undefined;
  }

  async blob(repository: Repository, sha: string): Promise<Buffer> {
    return (await git(repository.gitDirectory, ["cat-file", "blob", sha])).stdout;
  }

  async folder(repository: Repository, ref: string, path: string): Promise<TreeEntry[] | undefined> {
    const entry = path === "" ? undefined : await this.entry(repository, ref, path);
    if (path !== "" && entry?.type !== "tree") return undefined;
    const tree =
      entry?.sha ??
      (await resolveRevision(repository.gitDirectory, await this.#named(repository, ref), "tree"));
    return tree ? this.tree(repository, tree) : undefined;
  }

  /** What is at a path of a commit. */
  async entry(repository: Repository, ref: string, path: string): Promise<TreeEntry | undefined> {
    const commit = await this.resolve(repository, ref);
    if (!commit || path.split("/").some((part) => part === "" || part === "..")) return undefined;
    const entries = await this.#listTree(repository, [commit, "--", `:(literal)${path}`]);
    return entries.find((entry) => entry.path === path);
  }

  tree(repository: Repository, treeSha: string, recursive = false): Promise<TreeEntry[]> {
    return this.#listTree(repository, [...(recursive ? ["-r", "-t"] : []), treeSha]);
  }

  /** A branch, a tag, a full ref or a commit's name to a full commit name. Branches come first, as on GitHub. */
  async resolve(repository: Repository, ref: string): Promise<string | undefined> {
    if (/^[0-9a-f]{40}$/.test(ref)) return resolveRevision(repository.gitDirectory, ref);
    return resolveRevision(repository.gitDirectory, await this.#named(repository, ref));
  }

  async #named(repository: Repository, ref: string): Promise<string> {
    const refs = new Set((await listRefs(repository.gitDirectory)).map((one) => one.ref));
    const candidates = [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`, ref];
    return candidates.find((name) => refs.has(name)) ?? (ref === "HEAD" ? "HEAD" : ref.replace(/^@?$/, "-"));
  }

  async #listTree(repository: Repository, args: string[]): Promise<TreeEntry[]> {
    const { stdout } = await git(repository.gitDirectory, [
      "ls-tree",
      "-z",
      "--long",
      "--full-tree",
      ...args,
    ]);
    return stdout
      .toString()
      .split("\0")
      .filter((line) => line !== "")
      .map((line) => {
        const [meta, path] = [line.slice(0, line.indexOf("\t")), line.slice(line.indexOf("\t") + 1)];
        const [mode, type, sha, size] = meta.split(/\s+/);
        return {
          path,
          name: path.split("/").at(-1)!,
          mode: mode!,
          type: type as TreeEntry["type"],
          sha: sha!,
          size: size === "-" ? undefined : Number(size),
        };
      });
  }
}
