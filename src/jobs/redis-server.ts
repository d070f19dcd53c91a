import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { readFile, unlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigurationError, StoreError } from "../errors.ts";
import { isAlive, withDirectoryLock } from "./directory-lock.ts";
import { checkRedis } from "./redis-connection.ts";

/** A redis-server that answers on its socket. */
export interface RedisServer {
  readonly processId: number;
  /** null: adopted. */
  readonly child: ChildProcess | null;
}

export interface RedisPlace {
  readonly directory: string;
  readonly socketPath: string;
  /** Name or path of the program. */
  readonly binary: string;
}

/** The server of this directory: the living one, or a new one. Two on the same files would spoil them, hence the lock. */
export async function startOrAdoptRedis(place: RedisPlace): Promise<RedisServer> {
  return await withDirectoryLock(place.directory, "redis.lock", async () => {
    const living = await checkRedis({ socketPath: place.socketPath }, { deadlineMs: 2_000 }).catch(
      (error) => {
        if (error instanceof ConfigurationError) throw error;
        return null;
      },
    );
    if (living !== null) {
      const owner = await ownerOf(place.directory);
      if (owner === null) await writeOwner(place.directory);
      return { processId: living.processId, child: null };
    }
    await stopDeaf(place);
    await unlink(place.socketPath).catch(() => {});
    const server = await start(place);
    await writeOwner(place.directory);
    return server;
  });
}

export function hasEnded({ child, processId }: RedisServer): boolean {
  if (child === null) return !isAlive(processId);
  return child.exitCode !== null || child.signalCode !== null;
}

/** Lets it write its file to the end, for at most 5 seconds. */
export async function stopRedis(server: RedisServer): Promise<void> {
  for (const [signal, patienceMs] of [
    ["SIGTERM", 5_000],
    ["SIGKILL", 2_000],
  ] as const) {
    if (hasEnded(server)) return;
    try {
      process.kill(server.processId, signal);
    } catch {
      return;
    }
    const giveUpAt = performance.now() + patienceMs;
    while (!hasEnded(server) && performance.now() < giveUpAt) await sleep(10);
  }
}

/** The living process that has to stop the server in the end; null when that one is gone. */
export async function ownerOf(directory: string): Promise<number | null> {
  const owner = Number(await readFile(path.join(directory, "redis.owner"), "utf8").catch(() => "0"));
  return owner > 0 && isAlive(owner) ? owner : null;
}

async function writeOwner(directory: string): Promise<void> {
  await writeFile(path.join(directory, "redis.owner"), String(process.pid), { mode: 0o600 });
}

async function start({ directory, socketPath, binary }: RedisPlace): Promise<RedisServer> {
  const settings = {
    port: "0",
    unixsocket: socketPath,
    unixsocketperm: "700",
    dir: directory,
    pidfile: path.join(directory, "redis.pid"),
    logfile: path.join(directory, "redis.log"),
    loglevel: "warning",
    databases: "1",
    save: "",
    appendonly: "yes",
    appendfsync: "everysec",
    "maxmemory-policy": "noeviction",
    daemonize: "no",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  // In its own process group: a Ctrl-C on the terminal is for us, who still need the queue while we drain.
  const child = spawn(binary, flags, { cwd: directory, stdio: "ignore", detached: true });
  let spawnError: Error | null = null;
  child.on("error", (error) => {
    spawnError = error;
  });
  child.unref();

  const giveUpAt = performance.now() + 15_000;
  for (let pause = 5; performance.now() < giveUpAt; pause = Math.min(pause * 2, 100)) {
    await sleep(pause);
    if (spawnError !== null) throw missing(binary, spawnError);
    if (child.pid === undefined || hasEnded({ child, processId: 0 })) throw await failed(directory);
    try {
      await checkRedis({ socketPath }, { deadlineMs: 2_000 });
      return { processId: child.pid, child };
    } catch (error) {
      if (error instanceof ConfigurationError) {
        await stopRedis({ child, processId: child.pid });
        throw error;
      }
    }
  }
  if (child.pid !== undefined) await stopRedis({ child, processId: child.pid });
  throw await failed(directory);
}

/** One that lives but does not answer, by its pid file, if that id still is a redis-server's. */
async function stopDeaf({ directory }: RedisPlace): Promise<void> {
  const processId = Number(await readFile(path.join(directory, "redis.pid"), "utf8").catch(() => "0"));
  if (!(processId > 0) || !isAlive(processId)) return;
  const commandLine = await readFile(`/proc/${processId}/cmdline`, "utf8").catch(() => "");
  if (commandLine.includes("redis-server")) await stopRedis({ processId, child: null });
}

function missing(binary: string, cause: Error): ConfigurationError {
  return new ConfigurationError("redis.missing", `${binary} could not be started.`, {
    mend: "Run bin/setup, or set REDIS_URL.",
    fields: { binary },
    cause,
  });
}

async function failed(directory: string): Promise<StoreError> {
  const log = path.join(directory, "redis.log");
  const tail = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-5).join("\n");
  return new StoreError("redis.failed", `redis-server did not start in ${directory}.`, {
    mend: `Read ${log}; if its append-only file is broken, remove ${directory}: the queue is rebuilt from the database.`,
    fields: { directory },
    cause: new Error(tail || "It wrote no log."),
  });
}
