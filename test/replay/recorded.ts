import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { keepRecords } from "../../src/demo/keep-records.ts";
import type { RecordedRun } from "../../src/replay/replay-run.ts";
import { openSqlStore, type SqlStore } from "../../src/store/sql-store.ts";
import type { Script } from "../../src/demo/script.ts";
import { E2eWorld } from "../support/e2e-world.ts";
import type { HandbackProcess } from "../e2e/support/handback-process.ts";

/** A data folder with the records of one run; the world that it was made in is gone. */
export class Records implements Disposable {
  readonly dataDirectory = mkdtempSync(path.join(tmpdir(), "hb-replay-"));
  /** The secrets of that world. */
  secrets: readonly string[] = [];

  get database(): string {
    return path.join(this.dataDirectory, "handback.db");
  }

  /** Real Docker, git, HTTP and Redis; `during` lies in wait before the run begins and may disturb it; it must come to its end. */
  static async of(
    story: {
      script?: Script;
      environment?: Record<string, string>;
      during?: (world: E2eWorld, first: HandbackProcess) => Promise<void>;
    } = {},
  ): Promise<Records> {
    const records = new Records();
    await using world = await E2eWorld.start(story.script === undefined ? {} : { script: story.script });
    const first = await world.startHandback(story.environment);
    await Promise.all([story.during?.(world, first), world.ask()]);
    await world.conclusion();
    mkdirSync(records.dataDirectory, { recursive: true });
    keepRecords(path.join(world.dataDirectory, "handback.db"), records.database);
    records.secrets = world.secrets;
    return records;
  }

  /** For tests that look into the tape or change it. */
  async read(): Promise<RecordedRun> {
    await using store = await openSqlStore({ file: this.database });
    return await readNewest(store);
  }

  /** `handback replay`, where nothing can be reached: no network, no Docker, no mirror, no key. */
  async replay(...args: string[]): Promise<Ended> {
    return await handbackOutOfReach(["replay", ...args], this.dataDirectory);
  }

  [Symbol.dispose](): void {
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }
}

async function readNewest(store: SqlStore): Promise<RecordedRun> {
  const [run] = await store.listRuns({ limit: 1 });
  if (run === undefined) throw new Error("There is no run.");
  const [events, tapes, blobs] = await Promise.all([
    store.readEvents(run.id),
    store.tapes.read(run.id),
    store.tapes.readBlobs(run.id),
  ]);
  return { run, events, tapes, blobs };
}

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Without a network even to this machine, where the kernel lets us. */
export async function handbackOutOfReach(args: readonly string[], dataDirectory: string): Promise<Ended> {
  const { PATH = "" } = process.env;
  const alone = existsSync("/usr/bin/unshare") ? ["unshare", "--map-root-user", "--net"] : [];
  const [command = "", ...rest] = [...alone, path.join(root, "bin/handback"), ...args];
  const child = spawn(command, rest, {
    cwd: dataDirectory,
    env: {
      PATH,
      HOME: dataDirectory,
      HANDBACK_DATA: dataDirectory,
      DOCKER_HOST: "unix:///nowhere/docker.sock",
      NO_COLOR: "1",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const exitCode = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { exitCode, stdout, stderr };
}

const root = path.join(import.meta.dirname, "../..");
