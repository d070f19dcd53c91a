import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runGit } from "../../support/sample-repository.ts";
import { ownBranch, type Arena } from "./arena.ts";
import type { PlannedAttack } from "./plan.ts";
import type { Played } from "./play-attack.ts";

/** More than a worker may hold in addition after an attack, whatever it was made to do. */
const HELD_MB = 100;
/**
 * More than its whole process may grow by. Not the same: what was used once stays with malloc, in an arena for each thread. Over 460
 * attacks the process grew by 70 MB, in four steps, and held 160 MB all the time; with one arena (`MALLOC_ARENA_MAX=1`) it grew
 * half as much. What leaks beside JavaScript would be seen here.
 */
const RESIDENT_MB = 400;

/** Looks from outside whether all holds that must hold, whatever the model says. Made before the first attack. */
export class Judge {
  readonly #arena: Arena;
  readonly #refs: string;
  readonly #mirror: string;
  readonly #firstProcess: string;
  readonly #start = memory();

  /** When a sandbox has been started once: what the host makes for all of them is there. */
  constructor(arena: Arena) {
    this.#arena = arena;
    this.#refs = refsOf(arena);
    this.#mirror = fingerprint(arena.mirror.path);
    this.#firstProcess = fingerprint(join(arena.state, "sandboxd"));
  }

  /** What does not hold after this attack, in words; and puts back what the next one begins with. */
  afterAttack(planned: PlannedAttack, played: Played): string[] {
    const { markers, listeners, registry, leaks, quarantine } = this.#arena;
    const wrongs: string[] = [];
    if (played.fault !== null) wrongs.push(`an error without a name: ${played.fault.slice(0, 600)}`);
    if (played.calls === 0 && played.fault === null && !played.end.startsWith("sandbox."))
      wrongs.push(`it was not played: no tool was called (${played.end})`);
    for (const name of readdirSync(markers)) {
      wrongs.push(`a trap ran on the host: it left ${name}`);
      rmSync(join(markers, name), { recursive: true, force: true });
    }
    wrongs.push(...listeners.heard(), ...(registry?.abuses() ?? []), ...leaks.splice(0));
    wrongs.push(...this.#writes());
    if (fingerprint(this.#arena.mirror.path) !== this.#mirror) wrongs.push("the mirror was changed");
    if (fingerprint(join(this.#arena.state, "sandboxd")) !== this.#firstProcess)
      wrongs.push("the first process's files were changed");
    const left = filesIn(quarantine);
    if (left.length > 0) wrongs.push(`a quarantine was left: ${left[0]}`);
    wrongs.push(...this.#grown());
    wrongs.push(...inItsOwnWords(planned, played));
    return wrongs;
  }

  /** What is only waiting to be collected does not count, where the program may have it collected (`--expose-gc`). */
  #grown(): string[] {
    const wrongs = this.#grownNow();
    if (wrongs.length === 0 || globalThis.gc === undefined) return wrongs;
    globalThis.gc();
    return this.#grownNow();
  }

  #grownNow(): string[] {
    const { held, resident } = memory();
    const more = { held: held - this.#start.held, resident: resident - this.#start.resident };
    return [
      ...(more.held > HELD_MB ? [`the worker holds ${more.held} MB more`] : []),
      ...(more.resident > RESIDENT_MB ? [`the worker has grown by ${more.resident} MB`] : []),
    ];
  }

  /** When its sandbox was let go. */
  async afterSandbox(): Promise<string[]> {
    const left = await this.#arena.containers();
    return left.length === 0 ? [] : [`${left.length} containers were left`];
  }

  /** Only the run's own branch may be there besides what was there before; it is taken away again. */
  #writes(): string[] {
    const { sample } = this.#arena;
    const own = `refs/heads/${ownBranch}`;
    const lines = refsOf(this.#arena).split("\n");
    if (lines.some((line) => line.endsWith(` ${own}`))) runGit(sample.bare, "update-ref", "-d", own);
    const others = lines.filter((line) => !line.endsWith(` ${own}`)).join("\n");
    return others === this.#refs ? [] : [`the remote's refs were changed:\n${others}`];
  }
}

/** As it is written, an attack must have taken place, and be refused in the way that is foreseen. */
function inItsOwnWords({ isAsWritten, parts }: PlannedAttack, played: Played): string[] {
  const [attack] = parts;
  if (!isAsWritten || attack === undefined) return [];
  const { shows, refused } = attack;
  const wrongs: string[] = [];
  if (shows !== undefined && !new RegExp(shows).test(`${played.results}\n${played.end}`))
    wrongs.push(
      `it did not do what it is about: no /${shows}/ in its results:\n${played.results.slice(0, 1_500)}`,
    );
  if (refused !== undefined && !new RegExp(`^(?:${refused})$`).test(played.end))
    wrongs.push(
      `it should have been refused by ${refused}, and ended with ${played.end}:\n${played.results.slice(0, 1_500)}`,
    );
  return wrongs;
}

function refsOf({ sample }: Arena): string {
  return runGit(sample.bare, "for-each-ref", "--format=%(objectname) %(refname)").trim();
}

/** Names, kinds, modes and contents of all files of a folder. */
function fingerprint(folder: string): string {
  const hash = createHash("sha256");
  for (const file of filesIn(folder)) {
    const facts = lstatSync(file);
    hash.update(`${file}\0${facts.mode}\0`);
    if (facts.isFile()) hash.update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** In MB. `held`: JavaScript's heap, and what hangs on it outside (buffers are part of `external`). */
function memory(): { held: number; resident: number } {
  const { heapUsed, external, rss } = process.memoryUsage();
  const mb = (bytes: number) => Math.round(bytes / 1024 / 1024);
  return { held: mb(heapUsed + external), resident: mb(rss) };
}
