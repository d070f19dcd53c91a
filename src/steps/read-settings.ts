import { RunError } from "../errors.ts";
import { loadSettings } from "../settings/load-settings.ts";
import { problemWithHost } from "../settings/network-bounds.ts";
import type { Settings } from "../settings/settings.ts";
import type { CommandOptions } from "../triggers/trigger.ts";
import type { OperatorSettings } from "./ports.ts";
import { sentence } from "./sentence.ts";

const file = ".github/handback.yml";

/**
 * Settings of one run: the repository's file, the command's options on top, the operator's bounds over all. `text` is the file
 * of the default branch; null when there is none. Throws RunError which names each bad line.
 */
export function readSettings(
  text: string | null,
  context: { operator: OperatorSettings; options: CommandOptions; branch: string },
): Settings {
  const { operator, options, branch } = context;
  requireKnownModels(options, operator);
  const models = Object.fromEntries(Object.entries(operator.models).filter(([, model]) => model !== null));
  const outcome = loadSettings(text, {
    operator: models,
    command: options.models,
    label: operator.label,
    isSame: (a, b) => operator.names.isSame(a, b),
    problemWithModel: (name) => operator.names.problemWith(name),
    problemWithHost: (host) => problemWithHost(host, operator.network),
  });
  if (!outcome.ok) {
    const lines = outcome.problems.map(
      (problem) =>
        `- line ${problem.line}${problem.path === "" ? "" : `, \`${problem.path}\``}: ${sentence(problem.message)} ${problem.mend}`,
    );
    throw new RunError(
      "settings.invalid",
      `\`${file}\` on \`${branch}\` cannot be used, so the run did not start.`,
      {
        mend: `${lines.join("\n")}\n\nMend it on \`${branch}\`, then write the command again.`,
      },
    );
  }
  const { settings } = outcome;
  requireAllowedImage(settings.sandbox.image, operator.images ?? null);
  const { turns, tokens, usd, minutes } = settings.budget;
  const { maximums } = operator;
  return {
    ...settings,
    // Who names a coder wants that one.
    escalate: options.models.coder === undefined ? settings.escalate : [],
    budget: {
      ...settings.budget,
      turns: atMost(turns, maximums.turns),
      tokens: atMost(tokens, maximums.tokens),
      usd: atMost(options.usd ?? usd, maximums.usd),
      minutes: atMost(minutes, maximums.minutes),
    },
    review: { ...settings.review, rounds: options.rounds ?? settings.review.rounds },
  };
}

/** A comment's options are looked at before a run is stored; a terminal's, and those of a stored run, here. */
function requireKnownModels({ models }: CommandOptions, { names }: OperatorSettings): void {
  for (const [role, name] of Object.entries(models)) {
    const problem = names.problemWith(name);
    if (problem === null) continue;
    throw new RunError("settings.unknown_model", `\`--model ${role}=${name}\`: ${problem.message}`, {
      mend: problem.mend,
    });
  }
}

/** An image of the machine may hold what is not for every repository's eyes. */
function requireAllowedImage(image: string | null, allowed: readonly string[] | null): void {
  if (image === null || allowed === null) return;
  if (allowed.some((one) => (one.endsWith("*") ? image.startsWith(one.slice(0, -1)) : image === one))) return;
  throw new RunError(
    "settings.image_not_allowed",
    `\`sandbox.image\` in \`${file}\` names an image that the operator does not allow, so the run did not start.`,
    {
      mend: "Leave `sandbox.image` out, or ask the operator to add it to HANDBACK_IMAGES; then write the command again.",
    },
  );
}

function atMost(value: number, maximum: number | null): number {
  return maximum === null ? value : Math.min(value, maximum);
}
