import { execFileSync } from "node:child_process";
import type { HandbackProcess } from "../../e2e/support/handback-process.ts";
import { e2eRepository, type E2eWorld } from "../../support/e2e-world.ts";
import type { Canaries } from "./canaries.ts";

/** Where a secret of the host stands that must stand nowhere: in words, empty when all is well. Prompts are looked at as they come. */
export async function canariesLeft(options: {
  world: E2eWorld;
  handback: HandbackProcess;
  canaries: Canaries;
  /** Files in which they were put, and may be. */
  planted: readonly string[];
}): Promise<string[]> {
  const { world, handback, canaries, planted } = options;
  const wrongs: string[] = [];
  const look = (place: string, text: string | Uint8Array): void => {
    for (const name of canaries.in(text)) wrongs.push(`${place} holds ${name}`);
  };
  look("the log", handback.lines.join("\n"));
  look("a write to GitHub", JSON.stringify(world.door.writes));
  look("GitHub's git objects", allObjects(world.github.repository(e2eRepository).gitDirectory));
  for (const page of await pagesOf(handback)) look("a page", page);
  // The database with its write-ahead log, Redis' file, mirrors, quarantines, sockets' folders.
  for (const one of canaries.inFolder(world.dataDirectory, (file) => planted.includes(file)))
    wrongs.push(`a file holds a secret: ${one}`);
  return wrongs;
}

/** The list of runs, what it links to, and health. */
async function pagesOf(handback: HandbackProcess): Promise<string[]> {
  const url = await handback.running();
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

function allObjects(gitDirectory: string): Buffer {
  return execFileSync(
    "git",
    ["--git-dir", gitDirectory, "cat-file", "--batch-all-objects", "--batch", "--buffer", "--unordered"],
    {
      maxBuffer: 1 << 30,
    },
  );
}
