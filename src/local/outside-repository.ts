import { realpathSync } from "node:fs";
import path from "node:path";
import { ConfigurationError } from "../errors.ts";

/** Nothing may be written into the person's folder. Throws ConfigurationError `config.data_in_repository`. */
export function requireOutside(dataDirectory: string, repository: string): void {
  const relative = path.relative(realPath(repository), realPath(dataDirectory));
  if (relative === ".." || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) return;
  throw new ConfigurationError(
    "config.data_in_repository",
    `The data folder ${dataDirectory} is inside the repository ${repository}, in which nothing may be touched.`,
    { mend: "Set HANDBACK_DATA to a folder outside of it." },
  );
}

/** Of a path whose end need not be there yet. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    const parent = path.dirname(file);
    return parent === file ? file : path.join(realPath(parent), path.basename(file));
  }
}
