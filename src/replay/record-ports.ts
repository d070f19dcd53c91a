import type { Run } from "../run/run.ts";
import type { Ports } from "../steps/ports.ts";
import type { Store } from "../store/store.ts";
import type { Tapes } from "../store/tapes.ts";
import { isPortObject } from "./port-object.ts";
import { SecretCleaner } from "./secret-cleaner.ts";
import { TapeRecorder } from "./tape-recorder.ts";
import { pathOnTape, type LocalTape, type TapeHeader } from "./tape.ts";

type AnyPorts = Omit<Ports, "github"> & Partial<Pick<Ports, "github">>;

/** One life of a run on tape. */
export interface Recording<P extends AnyPorts> {
  /** For the pipeline in place of those that were given. */
  readonly ports: P;
  /** Writes what is left. Call it when the pipeline has ended and before the run is completed. */
  end(): Promise<void>;
}

/**
 * Ports that note all that goes through them. What is noted goes into the store together with the journal's next event, and the
 * pipeline does not wait for it: when the tape cannot be written, `onLost` hears of it once and the run goes on without one.
 */
export function recordPorts<P extends AnyPorts>(
  ports: P,
  options: {
    run: Run;
    tapes: Tapes;
    /** The host's own, which must never be on a tape. */
    secrets: readonly string[];
    local?: LocalTape;
    onLost: (error: unknown) => void;
  },
): Recording<P> {
  const { run, tapes } = options;
  const secrets = new SecretCleaner(options.secrets);
  const recorder = new TapeRecorder({ now: ports.now, secrets, dataDirectory: ports.dataDirectory });
  let header: string | undefined = JSON.stringify(headerOf(ports, options.local ?? null));
  let isLost = false;
  let written: Promise<void> = Promise.resolve();

  function write(): void {
    const rows = recorder.takeRows();
    // A call that is under way has its contents already.
    const isEmpty = header === undefined && rows.calls.length === 0 && rows.blobs.length === 0;
    if (isLost || isEmpty) return;
    const writing = tapes.append(run.id, run.epoch, header === undefined ? rows : { header, ...rows });
    header = undefined;
    const before = written;
    written = writing
      .catch((error: unknown) => {
        if (!isLost) options.onLost(error);
        isLost = true;
      })
      .then(() => before);
  }

  const recorded = Object.fromEntries(
    Object.entries(ports).map(([name, port]: [string, unknown]) => {
      if (name === "store") return [name, recordStore(ports.store, { recorder, write })];
      if (notRecorded.has(name)) return [name, port];
      if (typeof port === "function") {
        const invoke = (live: unknown[]): unknown => Reflect.apply(port, ports, live) as unknown;
        const where = { port: name, on: "", method: "call" };
        return [name, (...args: unknown[]) => recorder.call(where, { args, invoke })];
      }
      return [name, recordValue(name, port, recorder)];
    }),
  );
  return {
    // The same ports by the same names.
    ports: recorded as unknown as P,
    end: async () => {
      recorder.close();
      write();
      await written;
    },
  };
}

/** A port that is an object, or one that stands in a value: `operator.names`. */
function recordValue(name: string, port: unknown, recorder: TapeRecorder): unknown {
  if (isPortObject(port)) return recorder.wrap(port, { port: name, id: "" });
  if (typeof port !== "object" || port === null) return port;
  const objects = Object.entries(port).filter(([, held]) => isPortObject(held));
  const wrapped = objects.map(([key, held]) => [
    key,
    recorder.wrap(held as object, { port: `${name}.${key}`, id: "" }),
  ]);
  return { ...port, ...(Object.fromEntries(wrapped) as object) };
}

/** The clock is on the tape as the times of the calls; the host's secrets must not be. */
const notRecorded: ReadonlySet<string> = new Set(["logger", "now", "secrets"]);

/** The journal is not recorded: it is there anyway. */
export const journalMethods: ReadonlySet<string | symbol> = new Set<keyof Store>([
  "append",
  "readEvents",
  "getRun",
  "isStopRequested",
  "claimRun",
  "completeRun",
  "requestStop",
  "ping",
]);

function recordStore(store: Store, tape: { recorder: TapeRecorder; write: () => void }): Store {
  const recorded = tape.recorder.wrap(store, { port: "store", id: "" });
  return new Proxy(store, {
    get: (_, name) => {
      if (!journalMethods.has(name)) return Reflect.get(recorded, name) as unknown;
      const method: unknown = Reflect.get(store, name, store);
      if (typeof method !== "function") return method;
      return (...args: unknown[]): unknown => {
        // In the same turn of the event loop, so that both are one write to the disk.
        if (name === "append") tape.write();
        return Reflect.apply(method, store, args) as unknown;
      };
    },
  });
}

function headerOf(ports: AnyPorts, local: LocalTape | null): TapeHeader {
  const { operator, logger: _, secrets: _secrets, dataDirectory, ...rest } = ports;
  const values = Object.entries(rest).filter(([, port]) => typeof port !== "function" && !isPortObject(port));
  const parts: [string, unknown][] = Object.entries(operator);
  return {
    version: 1,
    operator: Object.fromEntries(parts.filter(([, part]) => !isPortObject(part))),
    operatorPorts: parts.flatMap(([key, part]) => (isPortObject(part) ? [key] : [])),
    values: Object.fromEntries(values),
    local: local === null ? null : { ...local, mirror: portable(local.mirror, dataDirectory) },
  };
}

function portable(mirror: LocalTape["mirror"], dataDirectory: string): LocalTape["mirror"] {
  return { ...mirror, path: pathOnTape(mirror.path, dataDirectory) };
}
