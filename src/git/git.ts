import { HostSecrets } from "../host-secrets.ts";
import { emptyCommit } from "./empty-commit.ts";
import { freeBranch } from "./free-branch.ts";
import { importToMirror } from "./import-to-mirror.ts";
import { ensureMirror } from "./mirror.ts";
import { pushCommit } from "./push.ts";
import { admitBundle } from "./quarantine.ts";
import { diffOfPull, listFiles, readCommittedFile } from "./read-commit.ts";
import { writeBranch } from "./write-branch.ts";

/** What the steps do with git on this host. The one implementation is `gitGuarding`; a replay answers from a record instead. */
export interface Git {
  readonly ensureMirror: typeof ensureMirror;
  readonly listFiles: typeof listFiles;
  readonly readCommittedFile: typeof readCommittedFile;
  readonly diffOfPull: typeof diffOfPull;
  readonly admitBundle: typeof admitBundle;
  readonly importToMirror: typeof importToMirror;
  readonly emptyCommit: typeof emptyCommit;
  readonly pushCommit: typeof pushCommit;
  /** In a person's repository on this machine. */
  readonly freeBranch: typeof freeBranch;
  readonly writeBranch: typeof writeBranch;
}

/**
 * What comes out of a sandbox has none of `secrets` in it, and is in nobody else's name. The secrets are bound here, so that they
 * are no argument of a call, which a tape would hold.
 */
export function gitGuarding(secrets: HostSecrets): Git {
  return {
    ensureMirror,
    listFiles,
    readCommittedFile,
    diffOfPull,
    admitBundle: (options) => admitBundle({ ...options, hostSecrets: secrets, onlyByCoder: true }),
    importToMirror,
    emptyCommit,
    pushCommit,
    freeBranch,
    writeBranch,
  };
}

/** Where the host has no secrets to guard. */
export const realGit: Git = gitGuarding(new HostSecrets());
