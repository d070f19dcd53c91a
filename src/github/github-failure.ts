import { RequestError } from "@octokit/request-error";
import { z } from "zod";
import { GitHubError } from "../errors.ts";
import { isTransient, limitWait } from "./request-policy.ts";

/**
 * Runs one call; what it throws becomes a GitHubError with `fields.status` (0: no answer) and `fields.ambiguous`: true when
 * nobody knows whether a write was done. Nothing of the request is kept, since its headers hold the token.
 */
export async function asGitHubError<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toGitHubError(doing, error);
  }
}

function toGitHubError(doing: string, error: unknown): unknown {
  if (error instanceof RequestError) return fromRequest(doing, error);
  if (error instanceof z.ZodError) {
    return new GitHubError("github.unexpected_answer", `GitHub answered in an unknown form: ${doing}`, {
      mend: "Check that GITHUB_API_URL is the API of GitHub or of a GitHub Enterprise Server.",
      fields: { doing, status: 200, ambiguous: false, problems: z.prettifyError(error).slice(0, 1000) },
    });
  }
  return error;
}

function fromRequest(doing: string, error: RequestError): GitHubError {
  const status = error.response === undefined ? 0 : error.status;
  const { code, mend } = kindOf(status, error);
  const said = status === 0 ? networkReason(error) : saidIn(error);
  return new GitHubError(code, `GitHub could not ${doing}: ${status === 0 ? "" : `${status} `}${said}`, {
    mend,
    fields: {
      doing,
      status,
      ambiguous: isTransient(error),
      route: `${error.request.method} ${error.request.url.split("?")[0]}`,
      requestId: error.response?.headers["x-github-request-id"],
    },
  });
}

function kindOf(status: number, error: RequestError): { code: string; mend: string } {
  if (status === 0) {
    return { code: "github.unreachable", mend: "Check the network between this machine and GITHUB_API_URL." };
  }
  if (limitWait(error, 0) !== null) {
    return { code: "github.rate_limited", mend: "GitHub's limit is used up: try again in an hour." };
  }
  switch (status) {
    case 401:
      return { code: "github.unauthorized", mend: "Check APP_ID, PRIVATE_KEY and this machine's clock." };
    case 403:
      return {
        code: "github.forbidden",
        mend: "Check that the App is installed on the repository with the permissions of app.yml, and that a branch rule does not stop it.",
      };
    case 404:
      return {
        code: "github.not_found",
        mend: "Check that it still exists and that the App is installed on the repository.",
      };
    case 409:
      return { code: "github.conflict", mend: "Somebody changed it at the same time: try again." };
    case 422:
      return { code: "github.invalid", mend: "GitHub refused what was sent; its words say why." };
    default:
      return status >= 500
        ? { code: "github.server", mend: "GitHub has trouble: see its status page, and try again later." }
        : { code: "github.refused", mend: "GitHub refused; its words say why." };
  }
}

/** GraphQL says its refusals with status 200. */
export function graphqlFailure(
  doing: string,
  errors: readonly { message: string; type?: string | undefined }[],
): GitHubError {
  const types = errors.map(({ type }) => type);
  const status = types.includes("NOT_FOUND") ? 404 : types.includes("FORBIDDEN") ? 403 : 422;
  const code = { 404: "github.not_found", 403: "github.forbidden", 422: "github.invalid" }[status];
  const said = errors
    .map(({ message }) => message)
    .join("; ")
    .slice(0, 500);
  return new GitHubError(code, `GitHub could not ${doing}: ${said}`, {
    mend: "Check that the App is installed on the repository with the permissions of app.yml.",
    fields: { doing, status, ambiguous: false, types },
  });
}

/** GitHub's own message with the errors that it lists, in one line. */
function saidIn(error: RequestError): string {
  const data = error.response?.data;
  const read = z.object({ message: z.string(), errors: z.array(z.unknown()).optional() }).safeParse(data);
  if (!read.success) return "without a reason";
  const details = (read.data.errors ?? []).map((item) => {
    const detail = z.object({ message: z.string() }).safeParse(item);
    return typeof item === "string" ? item : detail.success ? detail.data.message : JSON.stringify(item);
  });
  return [read.data.message, ...details].join("; ").slice(0, 500);
}

function networkReason(error: RequestError): string {
  const cause = error.cause instanceof Error ? error.cause : error;
  const inner = cause.cause instanceof Error ? cause.cause : cause;
  if (inner.name === "TimeoutError" || cause.name === "TimeoutError") return "no answer in time";
  return (inner as NodeJS.ErrnoException).code ?? inner.message;
}
