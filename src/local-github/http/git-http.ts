import { spawn } from "node:child_process";
import type { IncomingMessage, ServerResponse } from "node:http";
import { refsChanged, type RefChange } from "../actions/push.ts";
import { ApiError } from "../api-error.ts";
import { gitEnvironment } from "../git/git.ts";
import { listRefs, zeroSha } from "../git/refs.ts";
import type { PushRules } from "../git/update-hook.ts";
import type { Repository } from "../state/model.ts";
import type { Actor, World } from "../world.ts";
import { canSee, covers } from "./access.ts";
import { authenticate, type Auth } from "./authenticate.ts";
import { repositoriesOf, type Tokens } from "./tokens.ts";

type Context = { world: World; tokens: Tokens };
type Service = "git-upload-pack" | "git-receive-pack";

export const gitPath = /^\/([^/]+)\/([^/]+?)(?:\.git)?\/(info\/refs|git-upload-pack|git-receive-pack)$/;

/** git over HTTP: `git http-backend` on the bare repository, with GitHub's rules in front and its effects behind. */
export class GitHttp {
  readonly #context: Context;
  /** One push at a time for each repository, so that what a push has moved can be told apart. */
  readonly #pushes = new Map<Repository, Promise<void>>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Resolves when the answer is there but not yet sent: `finish` sends it. */
  async serve(request: IncomingMessage, url: URL): Promise<{ finish: (response: ServerResponse) => void }> {
    const [, owner, name, rest] = gitPath.exec(url.pathname)!;
    const service = (rest === "info/refs" ? url.searchParams.get("service") : rest) as Service | null;
    try {
      const { repository, auth } = this.#enter(request, { owner: owner!, name: name!, service });
      const run = (): Promise<BackendAnswer> =>
        runBackend(request, { repository, url, rest: rest!, env: pushRules(auth, repository) });
      const answer = rest === "git-receive-pack" ? await this.#push(repository, auth, run) : await run();
      return {
        finish: (response) => void response.writeHead(answer.status, answer.headers).end(answer.body),
      };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const headers = { "content-type": "text/plain", ...error.headers };
      return {
        finish: (response) => void response.writeHead(error.status, headers).end(`${error.message}\n`),
      };
    }
  }

  #enter(
    request: IncomingMessage,
    { owner, name, service }: { owner: string; name: string; service: Service | null },
  ): { repository: Repository; auth: Auth } {
    const { world, tokens } = this.#context;
    const challenge = { headers: { "www-authenticate": 'Basic realm="GitHub"' } };
    let auth: Auth;
    try {
      auth = authenticate(request.headers.authorization, { ...world, tokens });
    } catch {
      throw new ApiError(
        401,
        "Invalid username or token. Password authentication is not supported for Git operations.",
        challenge,
      );
    }
    const repository = world.state.repository(owner, name);
    if (!repository || !canSee(world, auth, repository)) {
      if (auth.kind === "anonymous") throw new ApiError(401, "Repository not found.", challenge);
      throw new ApiError(404, "Repository not found.");
    }
    if (service !== "git-upload-pack" && service !== "git-receive-pack") {
      throw new ApiError(403, "Please upgrade your git client.");
    }
    if (service === "git-receive-pack") {
      if (auth.kind === "anonymous") throw new ApiError(401, "Authentication is required.", challenge);
      if (!mayPush(world, auth, repository)) {
        throw new ApiError(
          403,
          `Permission to ${repository.fullName}.git denied to ${pusher(auth).user.login}.`,
        );
      }
      if (repository.archived) {
        throw new ApiError(403, "This repository was archived so it is read-only.");
      }
    } else if (auth.kind === "installation" && repository.private && !auth.token.permissions["contents"]) {
      throw new ApiError(403, "Write access to repository not granted.");
    }
    return { repository, auth };
  }

  async #push(repository: Repository, auth: Auth, run: () => Promise<BackendAnswer>): Promise<BackendAnswer> {
    const before = this.#pushes.get(repository) ?? Promise.resolve();
    const result = before.then(async () => {
      const old = await readRefs(repository);
      const answer = await run();
      const changes = compareRefs(old, await readRefs(repository));
      await refsChanged(this.#context.world, repository, pusher(auth), changes);
      return answer;
    });
    this.#pushes.set(
      repository,
      result.then(
        () => {},
        () => {},
      ),
    );
    return result;
  }
}

type BackendAnswer = { status: number; headers: Record<string, string>; body: Buffer };

async function runBackend(
  request: IncomingMessage,
  { repository, url, rest, env }: { repository: Repository; url: URL; rest: string; env: PushRules },
): Promise<BackendAnswer> {
  const header = (name: string): string => String(request.headers[name] ?? "");
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitEnvironment,
      ...env,
      GIT_PROJECT_ROOT: repository.gitDirectory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: `/${rest}`,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: header("content-type"),
      CONTENT_LENGTH: header("content-length"),
      HTTP_CONTENT_ENCODING: header("content-encoding"),
      GIT_PROTOCOL: header("git-protocol"),
      REMOTE_USER: "local-github",
      REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {});
  child.stderr.resume();
  request.pipe(child.stdin);
  // A caller who hangs up in the middle would leave the backend waiting, and every later push behind it.
  request.once("close", () => {
    if (!request.complete) child.kill();
  });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  await new Promise<void>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve());
  });
  return parseCgi(Buffer.concat(chunks));
}

function parseCgi(output: Buffer): BackendAnswer {
  const end = output.indexOf("\r\n\r\n");
  if (end < 0) return { status: 500, headers: {}, body: Buffer.alloc(0) };
  const headers: Record<string, string> = {};
  for (const line of output.subarray(0, end).toString().split("\r\n")) {
    headers[line.slice(0, line.indexOf(":")).toLowerCase()] = line.slice(line.indexOf(":") + 1).trim();
  }
  const { status = "200", ...others } = headers;
  return { status: Number.parseInt(status, 10), headers: others, body: output.subarray(end + 4) };
}

function mayPush(world: World, auth: Auth, repository: Repository): boolean {
  if (auth.kind === "installation") {
    return (
      repositoriesOf(auth.token).includes(repository) && covers(auth.token.permissions["contents"], "write")
    );
  }
  if (auth.kind !== "user") return false;
  return ["write", "maintain", "admin"].includes(world.state.permissionOf(auth.user, repository));
}

function pushRules(auth: Auth, repository: Repository): PushRules {
  const isProtected = [...repository.protectedBranches].filter(([, rules]) => rules.refusesPushes);
  const isApp = auth.kind === "installation";
  return {
    LOCAL_GITHUB_PROTECTED: isProtected.map(([branch]) => `refs/heads/${branch}`).join("\n"),
    LOCAL_GITHUB_WORKFLOWS: isApp && !covers(auth.token.permissions["workflows"], "write") ? "no" : "yes",
    LOCAL_GITHUB_PUSHER: isApp ? "a GitHub App" : "a Personal Access Token",
  };
}

function pusher(auth: Auth): Actor {
  if (auth.kind === "installation") {
    return { user: auth.token.installation.app.bot, app: auth.token.installation.app };
  }
  if (auth.kind === "user") return { user: auth.user, app: undefined };
  throw new ApiError(403, "Apps push with an installation's token.");
}

async function readRefs(repository: Repository): Promise<Map<string, string>> {
  const refs = await listRefs(repository.gitDirectory);
  return new Map(
    refs.filter(({ ref }) => /^refs\/(heads|tags)\//.test(ref)).map(({ ref, sha }) => [ref, sha]),
  );
}

function compareRefs(old: Map<string, string>, now: Map<string, string>): RefChange[] {
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].flatMap((ref) => {
    const [before, after] = [old.get(ref) ?? zeroSha, now.get(ref) ?? zeroSha];
    return before === after ? [] : [{ ref, before, after }];
  });
}
