import type { RefusalRule } from "../run/network.ts";
import type { SandboxLog } from "./sandbox-log.ts";
import type { EgressRequest } from "./sandbox.ts";

/** So many are kept one by one, and so many sums of those beyond. */
const KEPT = 5_000;
const SUMS = 500;
const LONGEST_PATH = 200;

export type OpenRequest = { -readonly [K in keyof EgressRequest]: EgressRequest[K] };

/** Every request of one sandbox: the first ones one by one, those beyond summed up by host and what became of them. */
export class EgressLog {
  readonly #logger: SandboxLog | undefined;
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #kept: EgressRequest[] = [];
  readonly #sums = new Map<string, OpenRequest>();
  readonly #open = new Set<OpenRequest>();

  /** `fields` stand on each line of the log: which sandbox, which run. */
  constructor(options: { logger?: SandboxLog | undefined; fields?: Readonly<Record<string, unknown>> } = {}) {
    this.#logger = options.logger;
    this.#fields = options.fields ?? {};
  }

  /** Until `end`, what becomes of it is written into what comes back. */
  begin(about: { method: string; host: string; port: number; path: string }): OpenRequest {
    const request: OpenRequest = {
      at: new Date().toISOString(),
      method: about.method.slice(0, 20),
      host: plain(about.host),
      port: about.port,
      path: ownCopy(about.path.slice(0, LONGEST_PATH)),
      status: null,
      bytesIn: 0,
      bytesOut: 0,
      refusedBy: null,
      failed: "unanswered",
      times: 1,
    };
    this.#open.add(request);
    return request;
  }

  /** How many are under way. */
  get open(): number {
    return this.#open.size;
  }

  end(request: OpenRequest): void {
    if (!this.#open.delete(request)) return;
    if (this.#kept.length < KEPT) {
      this.#kept.push(request);
      const fields = { ...this.#fields, ...request };
      if (request.refusedBy !== null) this.#logger?.info(fields, "request refused");
      else if (request.failed !== null) this.#logger?.info(fields, "request without an answer");
      else this.#logger?.debug(fields, "request let out");
    } else {
      this.#sum(request);
    }
  }

  /** A request that is refused before anything else can be known of it. */
  refused(
    about: { method: string; host: string; port: number; path?: string },
    why: { rule: RefusalRule; status: number | null },
  ): void {
    const request = this.begin({ path: "", ...about });
    request.refusedBy = why.rule;
    request.failed = null;
    request.status = why.status;
    this.end(request);
  }

  requests(): readonly EgressRequest[] {
    return [...this.#kept, ...this.#sums.values(), ...this.#open].map((request) => ({ ...request }));
  }

  #sum(request: OpenRequest): void {
    const { host, refusedBy, failed } = request;
    const known = `${host} ${refusedBy} ${failed}`;
    const isFull = this.#sums.size >= SUMS && !this.#sums.has(known);
    const key = isFull ? `others ${refusedBy} ${failed}` : known;
    const sum = this.#sums.get(key);
    if (sum === undefined) {
      const name = isFull ? "others" : host;
      this.#sums.set(key, { ...request, host: name, method: "", path: "", status: null });
      return;
    }
    sum.times += 1;
    sum.bytesIn += request.bytesIn;
    sum.bytesOut += request.bytesOut;
  }
}

/** What was asked for as a host need not be a name. */
function plain(host: string): string {
  return ownCopy(host.slice(0, 255).replaceAll(/[^\w.:[\]-]/g, "?"));
}

/** A part of a text keeps the whole of it in memory, which a client can make as long as headers may be. */
function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
