import { freeBranch } from "./free-branch.ts";
import { importToMirror } from "./import-to-mirror.ts";
import { ensureMirror } from "./mirror.ts";
import { pushCommit } from "./push.ts";
import { admitBundle } from "./quarantine.ts";
import { diffOfPull, listFiles, readCommittedFile } from "./read-commit.ts";
import { writeBranch } from "./write-branch.ts";

/** What the steps do with git on this host. The one implementation is `realGit`; a replay answers from a record instead. */
export interface Git {
  readonly ensureMirror: typeof ensureMirror;
  readonly listFiles: typeof listFiles;
  readonly readCommittedFile: typeof readCommittedFile;
  readonly diffOfPull: typeof diffOfPull;
  readonly admitBundle: typeof admitBundle;
  readonly importToMirror: typeof importToMirror;
  readonly pushCommit: typeof pushCommit;
  /** In a person's repository on this machine. */
  readonly freeBranch: typeof freeBranch;
  readonly writeBranch: typeof writeBranch;
}

export const realGit: Git = {
  ensureMirror,
  listFiles,
  readCommittedFile,
  diffOfPull,
  admitBundle,
  importToMirror,
  pushCommit,
  freeBranch,
  writeBranch,
};
