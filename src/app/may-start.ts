import { GitHubError } from "../errors.ts";
import type { GitHubRepository } from "../github/github.ts";
import { mayWrite } from "../github/may-write.ts";

/** Live from GitHub, every time: write access may have been taken away a second ago. Throws when GitHub does not answer in time. */
export async function mayStart(
  repository: GitHubRepository,
  login: string,
  timeoutMs: number,
): Promise<boolean> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () =>
      late.reject(
        new GitHubError("github.unreachable", "GitHub did not say in time who may start a run", {
          mend: "Redeliver the webhook from the App's settings page when GitHub answers again.",
          fields: { status: 0, login },
        }),
      ),
    timeoutMs,
  );
  try {
    return mayWrite(await Promise.race([repository.getPermission(login), late.promise]));
  } finally {
    clearTimeout(timer);
  }
}

export const refusalReply =
  "Thanks for asking! In this repository I work for people with write access only, so I have started nothing. " +
  "Somebody with write access can ask me in your place.";
