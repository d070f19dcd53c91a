/**
 * Named errors. Expected outcomes are values; what is thrown is a surprise or an end, and carries fields, a `cause`
 * and, in `mend`, what a person can do about it. `src/run/failure.ts` turns them into words for the status comment.
 */
export class HandbackError extends Error {
  /** Stable machine name, e.g. `sandbox.image_missing`. */
  readonly code: string;
  /** One plain sentence that tells a person what to do. */
  readonly mend: string;
  /** Facts for the log; never secrets, never prompts. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { mend: string; fields?: Record<string, unknown>; cause?: unknown },
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.mend = options.mend;
    this.fields = options.fields ?? {};
  }
}

/** The environment or a settings file is wrong: nothing was started. */
export class ConfigurationError extends HandbackError {}
/** Docker, the image, or the process inside the container failed (not a command of the agent's). */
export class SandboxError extends HandbackError {}
/** A file tool was given a path that it cannot serve: `file.not_found`, `file.too_big`, `file.outside`, … */
export class SandboxFileError extends HandbackError {}
/** Git on the host refused: a fetch, a push, or something in a bundle that must not pass. */
export class GitError extends HandbackError {}
/** GitHub refused or could not be reached. */
export class GitHubError extends HandbackError {}
/** The model's provider refused, answered nonsense, or could not be reached. */
export class ModelError extends HandbackError {}
/** The database or the queue cannot be used. */
export class StoreError extends HandbackError {}
/** The run cannot go on, for a reason which the person who asked can mend: an empty issue, an archived repository. */
export class RunError extends HandbackError {}
/** A person said stop. */
export class StoppedError extends HandbackError {}
/** Another worker has taken this run over (its epoch is newer): write nothing more. */
export class FencedError extends HandbackError {}
/** This process lets go of the run (it shuts down, or lost the queue's lock); it goes on elsewhere. Not a failure: complete nothing. */
export class InterruptedError extends HandbackError {}
