import { neutraliseMarkdown } from "../github/neutralise-markdown.ts";
import type { FindingAnswer } from "../run/results.ts";
import type { PostedFinding } from "./finding-ledger.ts";
import type { OpenRun } from "./open-run.ts";

/** The coder's answer in each thread, with the commit where it is a fix; fixed threads are resolved. */
export async function answerFindings(
  open: OpenRun,
  options: {
    /** Unique in the run. */
    key: string;
    pullNumber: number;
    /** The commit that has the fixes. */
    headSha: string;
    answers: readonly FindingAnswer[];
    posted: readonly PostedFinding[];
  },
): Promise<null> {
  const { key, pullNumber, headSha, answers, posted } = options;
  for (const answer of answers) {
    const place = posted.find((one) => one.findingId === answer.findingId);
    // Folded into the review's body: there is no thread, and the packet tells how it was answered.
    if (place === undefined) continue;
    const text = neutraliseMarkdown(answer.reply, { linkPrefix: open.repository.htmlUrl });
    const head = answer.action === "fixed" ? `Fixed in ${headSha}.` : "Left as it is.";
    await open.publisher.ensureReply(
      `${key}-${answer.findingId}`,
      pullNumber,
      place.commentId,
      `${head} ${text}`,
    );
    if (answer.action === "fixed" && place.threadId !== null) {
      await open.publisher.ensureResolved(`${key}-${answer.findingId}`, pullNumber, place.threadId);
    }
  }
  return null;
}
