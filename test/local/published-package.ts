import { execFile } from "node:child_process";
import { mkdirSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { runGit } from "../support/sample-repository.ts";

const run = promisify(execFile);

/**
 * A repository in `directory` whose history is these versions of a package, a commit each, as the registry has them. Throws what
 * npm says when there is no registry.
 */
export async function publishedPackage(options: {
  directory: string;
  name: string;
  versions: readonly string[];
}): Promise<void> {
  const { directory, name, versions } = options;
  mkdirSync(directory, { recursive: true });
  runGit(directory, "init", "-q", "-b", "master");
  const specs = versions.map((version) => `${name}@${version}`);
  const downloads = path.join(directory, ".git", "downloads");
  mkdirSync(downloads);
  await run("npm", ["pack", "--silent", "--pack-destination", downloads, ...specs], {
    cwd: downloads,
    timeout: 60_000,
  }).catch((error: Error & { stderr?: string }) => {
    throw new Error(`The registry did not give ${specs.join(", ")}: ${error.stderr ?? error.message}`);
  });
  for (const version of versions) {
    for (const file of readdirSync(directory).filter((entry) => entry !== ".git")) {
      rmSync(path.join(directory, file), { recursive: true });
    }
    const tarball = path.join(downloads, `${name}-${version}.tgz`);
    await run("tar", ["--extract", "--gzip", "--strip-components=1", "--file", tarball], { cwd: directory });
    runGit(directory, "add", "--all");
    runGit(directory, "commit", "--quiet", "--message", `Version ${version}`);
  }
  rmSync(downloads, { recursive: true });
}
