import type { Issue, Repository } from "../state/model.ts";
import type { World } from "../world.ts";

const keyword = /\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:([\w.-]+\/[\w.-]+))?#(\d+)\b/gi;

/** The open issues of this repository which the text says it closes. */
export function closedBy(world: World, repository: Repository, text: string): Issue[] {
  return [...text.matchAll(keyword)].flatMap(([, name, number]) => {
    if (name && name.toLowerCase() !== repository.fullName.toLowerCase()) return [];
    const issue = world.state.issue(repository, Number(number));
    return issue && !issue.pull && issue.state === "open" ? [issue] : [];
  });
}
