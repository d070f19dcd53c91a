import { createHash } from "node:crypto";
import { ApiError, notFound } from "../api-error.ts";
import type { Contract } from "../contract/contract.ts";
import { RouteTable } from "../contract/route-table.ts";
import type { OperationId } from "../contract/used-operations.ts";
import type { World } from "../world.ts";
import { enterRepository } from "./access.ts";
import { authenticate, type Auth } from "./authenticate.ts";
import type { Answer, Call, Route, Routes } from "./call.ts";
import type { PendingManifests } from "./pending-manifests.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { Tokens } from "./tokens.ts";
import type { Violation } from "./violations.ts";

export type ApiRequest = {
  method: string;
  url: URL;
  headers: Record<string, string | undefined>;
  body: Buffer;
};

export type RestOptions = {
  world: World;
  tokens: Tokens;
  limits: RateLimits;
  manifests: PendingManifests;
  routes: Routes;
  contract: Contract;
  validate: "throw" | "record" | "off";
  report: (violation: Violation) => void;
};

/** Status and everything that goes out, ready to be written. */
export type RawAnswer = { status: number; headers: Record<string, string>; body: Buffer };

/** The REST API below `/api/v3`. */
export class RestApi {
  readonly #options: RestOptions;
  readonly #table: RouteTable;

  constructor(options: RestOptions) {
    this.#options = options;
    this.#table = new RouteTable(options.contract.rest.operations);
  }

  async answer(request: ApiRequest): Promise<RawAnswer> {
    let auth: Auth = { kind: "anonymous" };
    let matched: ReturnType<RouteTable["match"]>;
    let answer: Answer;
    try {
      auth = authenticate(request.headers["authorization"], { ...this.#options, ...this.#options.world });
      matched = this.#match(request);
      this.#refuseExhausted(auth, matched?.id);
      this.#refuseHaste(auth, request.method);
      answer = await this.#run(request, auth, matched);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      answer = { status: error.status, body: error.body, headers: error.headers };
    }
    return this.#finish(request, { auth, id: matched?.id, answer });
  }

  #match(request: ApiRequest): { id: OperationId; params: Record<string, string> } | undefined {
    const path = request.url.pathname.slice("/api/v3".length);
    const matched = this.#table.match(request.method, path);
    if (!matched || !this.#options.routes[matched.id]) {
      const problems = ["the local GitHub has no such route"];
      if (this.#options.validate !== "off") {
        this.#options.report({ kind: "unknown route", where: `${request.method} ${path}`, problems });
      }
      return undefined;
    }
    return matched;
  }

  #refuseExhausted(auth: Auth, id: OperationId | undefined): void {
    const { limits } = this.#options;
    if (id === "rate-limit/get" || auth.kind === "app") return;
    if (limits.isExhausted(auth)) {
      const who = auth.kind === "installation" ? `installation ID ${auth.token.installation.id}` : "user";
      throw new ApiError(403, `API rate limit exceeded for ${who}.`);
    }
    limits.count(auth);
  }

  #refuseHaste(auth: Auth, method: string): void {
    const wait = method === "GET" ? undefined : this.#options.limits.tooManyWrites(auth);
    if (wait === undefined) return;
    throw new ApiError(
      403,
      "You have exceeded a secondary rate limit and have been temporarily blocked from content creation. Please retry your request again later.",
      { headers: { "retry-after": String(wait) } },
    );
  }

  async #run(
    request: ApiRequest,
    auth: Auth,
    matched: { id: OperationId; params: Record<string, string> } | undefined,
  ): Promise<Answer> {
    if (!matched) throw notFound();
    const { world, tokens, limits, manifests, routes } = this.#options;
    const call: Call = {
      world,
      tokens,
      limits,
      manifests,
      id: matched.id,
      method: request.method,
      url: request.url,
      params: matched.params,
      query: Object.fromEntries(request.url.searchParams),
      body: parseBody(request.body),
      accept: request.headers["accept"] ?? "",
      auth,
    };
    const violation = this.#checkRequest(call);
    if (violation)
      throw new ApiError(400, `not as GitHub's API is described: ${violation.problems.join("; ")}`);
    return handle(routes[matched.id]!, call);
  }

  /** The violation, when it is to be thrown. */
  #checkRequest(call: Call): Violation | undefined {
    const { contract, validate, report } = this.#options;
    if (validate === "off") return undefined;
    const problems = contract.checkRequest(call.id, call);
    if (problems.length === 0) return undefined;
    const violation: Violation = { kind: "request", where: this.#where(call.id), problems };
    report(violation);
    return validate === "throw" ? violation : undefined;
  }

  #where(id: OperationId): string {
    const { method, path } = this.#options.contract.rest.operations[id];
    return `${method} ${path}`;
  }

  #finish(
    request: ApiRequest,
    { auth, id, answer }: { auth: Auth; id: OperationId | undefined; answer: Answer },
  ): RawAnswer {
    const { contract, validate, report, limits } = this.#options;
    const contentType = answer.raw?.contentType ?? "application/json; charset=utf-8";
    const hasBody = answer.raw !== undefined || answer.body !== undefined;
    const body = Buffer.from(answer.raw?.content ?? (hasBody ? JSON.stringify(answer.body) : ""));
    if (id && validate !== "off") {
      const media = contentType.split(";")[0]!;
      // What is checked is what goes out: after JSON has dropped what it cannot hold.
      const sent: unknown = hasBody && !answer.raw ? JSON.parse(body.toString()) : undefined;
      const problems = contract.checkAnswer(id, { status: answer.status, body: sent, contentType: media });
      if (problems.length > 0) {
        report({ kind: "answer", where: `${this.#where(id)} ${answer.status}`, problems });
      }
    }
    const headers: Record<string, string> = {
      ...limits.headers(auth),
      "x-github-api-version-selected": "2022-11-28",
      "x-github-media-type": "github.v3; format=json",
      ...(hasBody && { "content-type": contentType }),
      ...answer.headers,
    };
    if (request.method !== "GET" || answer.status !== 200) return { status: answer.status, headers, body };
    const etag = `W/"${createHash("sha256").update(body).digest("hex")}"`;
    const isKnown =
      request.headers["if-none-match"]?.split(/,\s*/).some((one) => sameTag(one, etag)) ?? false;
    if (!isKnown) return { status: 200, headers: { ...headers, etag }, body };
    limits.uncount(auth);
    return { status: 304, headers: { ...headers, ...limits.headers(auth), etag }, body: Buffer.alloc(0) };
  }
}

async function handle(route: Route, call: Call): Promise<Answer> {
  const { auth } = call;
  switch (route.for) {
    case "anybody":
      return route.handle(call);
    case "app":
      if (auth.kind !== "app") throw new ApiError(401, "A JSON web token could not be decoded");
      return route.handle({ ...call, app: auth.app });
    case "installation":
      if (auth.kind !== "installation") throw new ApiError(403, "Resource not accessible by integration");
      return route.handle({ ...call, token: auth.token });
    case "repository":
      return route.handle(enterRepository(call, route));
    default:
      throw route satisfies never;
  }
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined;
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw new ApiError(400, "Problems parsing JSON");
  }
}

function sameTag(one: string, other: string): boolean {
  return one.replace(/^W\//, "") === other.replace(/^W\//, "");
}
