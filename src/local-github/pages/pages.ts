import { Hono, type Context } from "hono";
import type { LocalGitHubPages } from "../local-github-pages.ts";
import type { Pull } from "../state/model.ts";
import { layout } from "./layout.ts";
import { links } from "./links.ts";
import type { Page, PageContext, RepositoryContext } from "./page-context.ts";
import { labelStylesheet } from "./pieces/label-chip.ts";
import { pullContext, refAndPath, repositoryContext } from "./repository-context.ts";
import { stylesheet } from "./stylesheet.ts";
import { blobPage } from "./views/blob.ts";
import { checkRunPage } from "./views/check-run.ts";
import { commitPage, commitsPage } from "./views/commits.ts";
import { homePage, userPage } from "./views/home.ts";
import { issueListPage } from "./views/issue-list.ts";
import { issuePage } from "./views/issue.ts";
import { notFoundPage } from "./views/not-found.ts";
import { pullChecksPage, pullCommitsPage, pullFilesPage, pullPage } from "./views/pull.ts";
import { repositoryPage } from "./views/repository.ts";
import { treePage } from "./views/tree.ts";

/**
 * The pages of the local GitHub: HTML without scripts. Answers a path that leads nowhere with a page too, where the
 * asker takes HTML; a program's mistaken call gets undefined, so that the server can tell it.
 */
export const localGitHubPages: LocalGitHubPages = async (request, context) => {
  const response = await app.fetch(request, context);
  if (response.status !== 404) return response;
  const accept = request.headers.get("accept");
  return accept === null || accept.includes("text/html") ? response : undefined;
};

type Env = { Bindings: PageContext };
type PathContext = Context<Env>;

function routes(): Hono<Env> {
  const app = new Hono<Env>({ strict: false });
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(safetyHeaders)) c.res.headers.set(name, value);
  });
  app.get(links.stylesheet, async (c) => c.body(await stylesheet(), 200, { "content-type": "text/css" }));
  app.get(links.labelColors, (c) =>
    c.body(labelStylesheet(c.env.state), 200, { "content-type": "text/css" }),
  );
  app.get(links.icon, (c) => c.body(favicon, 200, { "content-type": "image/svg+xml" }));
  app.get("/", (c) => send(c, homePage(c.env)));
  app.get("/:owner", (c) => {
    const user = c.env.state.user(c.req.param("owner"));
    return send(c, user && userPage(user, c.env));
  });
  addRepositoryRoutes(app);
  app.notFound((c) => send(c, undefined));
  app.onError((error, c) => {
    // A link into a repository may carry any text; what git refuses to look up is not there.
    if (error instanceof URIError) return send(c, undefined);
    throw error;
  });
  return app;
}

function addRepositoryRoutes(app: Hono<Env>): void {
  const get = (path: string, view: (context: RepositoryContext, c: PathContext) => Found | Promise<Found>) =>
    app.get(`/:owner/:repo${path}`, async (c) => {
      const context = await repositoryContext(c.env, c.req.param("owner") ?? "", c.req.param("repo") ?? "");
      return send(c, context && (await view(context, c)));
    });

  get("", (context) => repositoryPage(context));
  for (const kind of ["issues", "pulls"] as const) {
    get(`/${kind}`, (context, c) =>
      issueListPage(context, { kind, state: c.req.query("state") === "closed" ? "closed" : "open" }),
    );
  }
  get("/issues/:number{[0-9]+}", (context, c) => {
    const issue = context.state.issue(context.repository, Number(c.req.param("number")));
    return issue?.pull ? c.redirect(links.issue(issue)) : issue && issuePage(issue, context);
  });
  const getPull = (
    path: string,
    view: (pull: Pull, context: RepositoryContext, c: PathContext) => Promise<Page>,
  ) =>
    get(`/pull/:number{[0-9]+}${path}`, async (context, c) => {
      const issue = context.state.issue(context.repository, Number(c.req.param("number")));
      if (!issue?.pull) return issue && c.redirect(links.issue(issue));
      return view(issue.pull, await pullContext(issue.pull, context), c);
    });
  getPull("", (pull, context) => pullPage(pull, context));
  getPull("/commits", (pull, context) => pullCommitsPage(pull, context));
  getPull("/checks", (pull, context) => pullChecksPage(pull, context));
  getPull("/files", (pull, context, c) => pullFilesPage(pull, context, c.req.query("file")));
  get("/pull/:number/commits/:sha{[0-9a-f]+}", (context, c) =>
    c.redirect(links.commit(context.repository, c.req.param("sha") ?? "")),
  );
  get("/commit/:sha{[0-9a-f]{4,40}}", (context, c) =>
    commitPage(context, c.req.param("sha") ?? "", c.req.query("file")),
  );
  get("/runs/:id{[0-9]+}", (context, c) => {
    const run = context.repository.checkRuns.find(({ id }) => id === Number(c.req.param("id")));
    return run && checkRunPage(run, context);
  });
  get("/commits/*", async (context, c) => {
    const { ref, path } = await refAndPath(context, new URL(c.req.url).pathname);
    return path === "" ? commitsPage(context, ref) : undefined;
  });
  get("/tree/*", async (context, c) => {
    const { ref, path } = await refAndPath(context, new URL(c.req.url).pathname);
    return treePage(context, ref, path);
  });
  get("/blob/*", async (context, c) => {
    const { ref, path } = await refAndPath(context, new URL(c.req.url).pathname);
    return blobPage(context, ref, path, { plain: c.req.query("plain") === "1" });
  });
  get("/raw/*", async (context, c) => {
    const { ref, path } = await refAndPath(context, new URL(c.req.url).pathname);
    const content = await context.git.file(context.repository, ref, path);
    return content && c.body(new Uint8Array(content), 200, { "content-type": "text/plain; charset=utf-8" });
  });
}

type Found = Page | Response | undefined;

async function send(c: PathContext, found: Found): Promise<Response> {
  if (found instanceof Response) return found;
  const page = found ?? notFoundPage(c.env, new URL(c.req.url).pathname);
  return c.html(await layout(page), page.status ?? 200);
}

/** Nothing a writer typed can run, load or send anything. */
const safetyHeaders = {
  "content-security-policy":
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
};

const favicon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="4" fill="#3b6ea8"/><path d="M5 4v8m0-6c.4 2.500 2 3.500 6 3.500" fill="none" stroke="#fff" stroke-width="1.600" stroke-linecap="round"/></svg>`;

const app = routes();
