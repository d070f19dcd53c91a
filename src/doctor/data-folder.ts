import { mkdir, mkdtemp, rm, rmdir, stat } from "node:fs/promises";
import path from "node:path";
import { ConfigurationError } from "../errors.ts";

/** A place in the data folder for a moment. */
export interface Scratch extends AsyncDisposable {
  readonly directory: string;
  /** The data folder was there before. */
  readonly isOld: boolean;
}

/** Proves that the data folder can be written, and leaves it as it was. Throws ConfigurationError `doctor.data_folder`. */
export async function openScratch(dataDirectory: string): Promise<Scratch> {
  try {
    const made = await makeFolder(dataDirectory);
    const directory = await mkdtemp(path.join(dataDirectory, "doctor-"));
    return {
      directory,
      isOld: made === null,
      async [Symbol.asyncDispose]() {
        await rm(directory, { recursive: true, force: true });
        if (made !== null) await removeEmpty(dataDirectory, made);
      },
    };
  } catch (cause) {
    const { code = "error" } = cause as NodeJS.ErrnoException;
    throw new ConfigurationError("doctor.data_folder", `${dataDirectory} cannot be written (${code}).`, {
      mend: "Give the user who runs Handback write access to it, or set HANDBACK_DATA to another folder.",
      cause,
    });
  }
}

/** The topmost folder that was made; null: all were there. Node's own recursive way never ends under /proc. */
async function makeFolder(folder: string): Promise<string | null> {
  const isThere = await stat(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
  if (isThere) return null;
  const top = await makeFolder(path.dirname(folder));
  await mkdir(folder);
  return top ?? folder;
}

/** From `directory` up to `top`, as long as nothing is in them. */
async function removeEmpty(directory: string, top: string): Promise<void> {
  for (let folder = directory; folder.startsWith(top); folder = path.dirname(folder)) {
    const isGone = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}
