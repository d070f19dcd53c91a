import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { E2eWorld } from "../../support/e2e-world.ts";
import type { Canaries } from "./canaries.ts";

/** Looks for secrets of the host where none may stand: in what the model is told as it comes, and at the end in all that is left. */
export class CanarySearch {
  readonly #canaries: Canaries;
  readonly #prompts = new Set<string>();

  constructor(canaries: Canaries) {
    this.#canaries = canaries;
  }

  /** For each request to the model. */
  heard(body: unknown): void {
    for (const name of this.#canaries.in(JSON.stringify(body))) this.#prompts.add(`a prompt holds ${name}`);
  }

  /** In words; empty when all is well. `planted`: files in which they were put, and may be. */
  async left(options: {
    world: E2eWorld;
    /** Of the log. */
    lines: readonly string[];
    /** The web server's. */
    url: string;
    planted: readonly string[];
  }): Promise<string[]> {
    const { world, lines, url, planted } = options;
    const wrongs = [...this.#prompts];
    const look = (place: string, text: string | Uint8Array): void => {
      for (const name of this.#canaries.in(text)) wrongs.push(`${place} holds ${name}`);
    };
    look("the log", lines.join("\n"));
    look("a write to GitHub", JSON.stringify(world.door.writes));
    for (const { fullName, gitDirectory } of world.github.state.repositories) {
      look(`${fullName} on GitHub`, everythingIn(gitDirectory));
    }
    for (const page of await pagesOf(url)) look("a page", page);
    look("the database", rowsOf(path.join(world.dataDirectory, "handback.db")));
    for (const gitDirectory of gitFoldersIn(world.dataDirectory))
      look(`git in ${gitDirectory}`, everythingIn(gitDirectory));
    // As it is on disk, too: what was deleted from the database and from Redis, sockets' folders, quarantines.
    for (const one of this.#canaries.inFolder(world.dataDirectory, (file) => planted.includes(file)))
      wrongs.push(`a file holds a secret: ${one}`);
    return wrongs;
  }
}

/** The list of runs, what it links to, and health. */
async function pagesOf(url: string): Promise<string[]> {
  const first = await textAt(url);
  const links = [...first.matchAll(/href="(\/[^"]*)"/g)]
    .map(([, link]) => link)
    .filter((link) => link !== undefined);
  const others = await Promise.all(["/health", ...new Set(links)].map((link) => textAt(`${url}${link}`)));
  return [first, ...others];
}

async function textAt(url: string): Promise<string> {
  const answer = await fetch(url);
  return JSON.stringify([...answer.headers]) + (await answer.text());
}

/** Its objects as they are when unpacked, with names of files, messages and authors, and the names of its refs. */
function everythingIn(gitDirectory: string): Buffer {
  const git = (...args: string[]): Buffer =>
    execFileSync("git", ["--git-dir", gitDirectory, ...args], { maxBuffer: 1 << 30 });
  const objects = git("cat-file", "--batch-all-objects", "--batch", "--buffer", "--unordered");
  return Buffer.concat([objects, git("for-each-ref")]);
}

function gitFoldersIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name === "objects")
    .map((entry) => entry.parentPath)
    .filter((parent) => existsSync(path.join(parent, "HEAD")));
}

/** All values of all tables: in the file, a long one stands in pieces. */
function rowsOf(file: string): Buffer {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  const tables = database.prepare("select name from sqlite_schema where type = 'table'").all();
  const values = tables.flatMap(({ name }) =>
    database
      .prepare(`select * from "${String(name)}"`)
      .all()
      .flatMap((row) => Object.values(row)),
  );
  return Buffer.concat(
    values.flatMap((value) => [
      value instanceof Uint8Array ? value : Buffer.from(String(value)),
      Buffer.from("\n"),
    ]),
  );
}
