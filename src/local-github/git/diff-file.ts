/** One file of a diff, as GitHub lists it for a pull request or a comparison. */
export type DiffFile = {
  path: string;
  previousPath: string | undefined;
  status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed";
  additions: number;
  deletions: number;
  /** Hunks from the first `@@` on, without file headers; undefined for binary files and mere renames. */
  patch: string | undefined;
  /** Of the file after the change; of the one before it when the file was removed. */
  blobSha: string;
  binary: boolean;
};

export type GitCommit = {
  sha: string;
  treeSha: string;
  parents: string[];
  message: string;
  author: { name: string; email: string; date: Date };
  committer: { name: string; email: string; date: Date };
};
