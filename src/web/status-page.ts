import type { IncomingMessage } from "node:http";
import type { RunQueue } from "../jobs/job.ts";
import type { Run } from "../run/run.ts";
import type { Store } from "../store/store.ts";
import { escapeHtml, page } from "./html.ts";
import { isLocalRequest } from "./is-local-request.ts";

/**
 * The newest runs. Names of private repositories are nobody else's business: until people can sign in, only somebody at this
 * machine sees them, and everyone else sees that it runs.
 */
export async function statusPage(
  request: IncomingMessage,
  { store, queue }: { store: Store; queue: RunQueue },
): Promise<string> {
  if (!isLocalRequest(request)) {
    return page(
      "Handback",
      "<h1>Handback</h1><p>It runs. The list of runs is shown on the machine itself.</p>",
    );
  }
  const [runs, depth] = await Promise.all([store.listRuns({ limit: 100 }), queue.depth().catch(() => null)]);
  const jobs =
    depth === null
      ? "The queue does not answer; new runs wait in the database."
      : `${depth.waiting} waiting, ${depth.active} at work.`;
  const list =
    runs.length === 0
      ? "<p>No runs yet. Put the label on an issue, or write <code>/agent</code> in a comment.</p>"
      : `<table><tr><th>Run<th>For<th>State<th>Since</tr>${runs.map(row).join("")}</table>`;
  return page("Handback", `<h1>Runs</h1><p class="dim">${jobs}</p>${list}`);
}

function row(run: Run): string {
  const { repository, issueNumber } = run.trigger;
  const place = `${repository.owner}/${repository.name}#${issueNumber}`;
  const cells = [
    `<code>${escapeHtml(run.id)}</code> ${run.kind}`,
    escapeHtml(place),
    state(run),
    escapeHtml(run.createdAt),
  ];
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`;
}

function state({ state }: Run): string {
  switch (state.status) {
    case "queued":
      return "queued";
    case "in_progress":
      return `at <code>${escapeHtml(state.step)}</code>`;
    case "completed": {
      const { conclusion } = state;
      const name = conclusion.kind.replaceAll("_", " ");
      if (conclusion.kind === "failed") return `${name}: ${escapeHtml(conclusion.failure.message)}`;
      return "pullNumber" in conclusion ? `${name} in #${conclusion.pullNumber}` : name;
    }
    default:
      return state satisfies never;
  }
}
