import { costTotal, money, tokenCount, duration } from "./packet-words.ts";
import type { Packet } from "./packet.ts";
import { stepTitle } from "./step-title.ts";

/** What a run cost by role and by step, folded; null where no model was asked. */
export function renderCosts(facts: Pick<Packet, "costs" | "steps" | "seconds">): string | null {
  if (facts.costs.length === 0) return null;
  const byRole = facts.costs.map(
    (cost) =>
      `| ${cost.role} | \`${cost.model}\` | ${cost.turns} | ${tokenCount(cost)} | ${money(cost.usd)} | ${duration(cost.seconds)} |`,
  );
  const byStep = facts.steps.map(
    (cost) =>
      `| ${stepTitle(cost.step) ?? cost.step} | ${cost.turns} | ${tokenCount(cost)} | ${money(cost.usd)} |`,
  );
  const roles = ["| Role | Model | Turns | Tokens | USD | Time |", "|-|-|-|-|-|-|", ...byRole].join("\n");
  const steps = ["| Step | Turns | Tokens | USD |", "|-|-|-|-|", ...byStep].join("\n");
  const tables = byStep.length < 2 ? roles : `${roles}\n\n${steps}`;
  const note = facts.costs.some((cost) => cost.isEstimated) ? `\n\n${estimatedNote}` : "";
  return `<details><summary>What it cost: ${costTotal(facts)}</summary>\n\n${tables}${note}\n\n</details>`;
}

const estimatedNote = "≈: the model's server did not say how many tokens it used, so they are estimated.";
