import type { GaveUpReason } from "../agent/agent.ts";

/** Why an agent came to no end of its own, as a sentence for the person who asked; `detail` is the agent's. */
export function whyGaveUp(agent: { reason: GaveUpReason; detail: string }): string {
  const detail = agent.detail.trim().replace(/\.$/, "");
  switch (agent.reason) {
    case "turns":
    case "tokens":
    case "usd":
    case "minutes":
      return `The budget of this run is used up: ${detail}.`;
    case "day":
      return `No more may be spent today: ${detail}.`;
    case "refusal":
      return `The model refused to work on this. It said: “${agent.detail.trim()}”`;
    case "nonsense":
      return `The model's answers came to nothing, so it was ended. ${detail}.`;
    case "stuck":
      return `The model came no further, so it was ended. ${detail}.`;
    default:
      return agent.reason satisfies never;
  }
}

/** What the person can do about it; `again` says how the run is asked for again. */
export function howToGoOn(reason: GaveUpReason, again: string): string {
  switch (reason) {
    case "usd":
      return `To allow more, ${again}, with \`--budget 20usd\` at the end of its line, or raise \`budget.usd\` in \`.github/handback.yml\`; or ask for less at once.`;
    case "turns":
    case "tokens":
    case "minutes":
      return `To allow more, raise \`budget.${reason}\` in \`.github/handback.yml\` and ${again}; or ask for less at once.`;
    case "day":
      return `The day ends at 00:00 UTC; ${again} after that, or ask those who set this limit for more.`;
    case "refusal":
      return `Say in other words what you want and what it is for, and ${again}; \`--model coder=opus\` at the end of its line takes another model.`;
    case "nonsense":
    case "stuck":
      return `Say more exactly what should change, and ${again}; \`--model coder=opus\` at the end of its line takes another model.`;
    default:
      return reason satisfies never;
  }
}
