import type { Run } from "../run/run.ts";
import type { Settings } from "../settings/settings.ts";
import type { DayCap, HeldOf } from "../store/spending.ts";
import type { OperatorSettings } from "./ports.ts";

/** A cap of the day with the words for people: whose it is, and where it is set. */
interface NamedCap extends DayCap {
  /** `for ada in acme/shop` */
  readonly whom: string;
  /** `budget.perDay.person` in the settings file, or the operator's variable. */
  readonly setBy: (kind: "usd" | "tokens") => string;
}

/** Which caps bind a run; none when nobody has set one. */
export function capsOf(
  run: Run,
  settings: Settings,
  operator: Pick<OperatorSettings, "perDay">,
): readonly NamedCap[] {
  const { repository, sender } = run.trigger;
  const { owner, name } = repository;
  const { person, repository: all } = settings.budget.perDay;
  const here = { owner, name };
  const inFile = (key: string) => (kind: string) =>
    `\`budget.perDay.${key}.${kind}\` in \`.github/handback.yml\``;
  const variable = (end: string) => (kind: string) =>
    `the operator's HANDBACK_MAX_${kind.toUpperCase()}_PER_${end}`;
  const named: NamedCap[] = [
    {
      ...person,
      personId: sender.id,
      repository: here,
      whom: `for ${sender.login} in ${owner}/${name}`,
      setBy: inFile("person"),
    },
    { ...all, personId: null, repository: here, whom: `for ${owner}/${name}`, setBy: inFile("repository") },
    {
      ...operator.perDay.person,
      personId: sender.id,
      repository: null,
      whom: `for ${sender.login}`,
      setBy: variable("PERSON_DAY"),
    },
    {
      ...operator.perDay.all,
      personId: null,
      repository: null,
      whom: "for all runs",
      setBy: variable("DAY"),
    },
  ];
  return named.filter(({ usd, tokens }) => usd !== null || tokens !== null);
}

/** `the $20.00 a day for ada in acme/shop` */
export function capWords(held: HeldOf, kind: "usd" | "tokens", caps: readonly NamedCap[]): string {
  return `the ${amount(held.cap[kind] ?? 0, kind)} a day ${namedOf(held, caps)?.whom ?? ""}`.trim();
}

/** What stands against a cap, and what can be done about it. */
export function capFacts(
  held: HeldOf,
  kind: "usd" | "tokens",
  caps: readonly NamedCap[],
): { spent: string; mend: string } {
  const isHeld = held.heldByOthers > 0;
  const others = isHeld ? `, ${amount(held.heldByOthers, kind)} kept for runs that are going on` : "";
  const when = isHeld
    ? "when those runs have ended, or after 00:00 UTC, when a new day begins"
    : "after 00:00 UTC, when a new day begins";
  return {
    spent: `${amount(held.spent, kind)} spent today${others}`,
    mend: `Write the command again ${when}; to allow more, raise ${namedOf(held, caps)?.setBy(kind) ?? "the cap"}.`,
  };
}

function namedOf(held: HeldOf, caps: readonly NamedCap[]): NamedCap | undefined {
  const { personId, repository } = held.cap;
  return caps.find((cap) => cap.personId === personId && (cap.repository === null) === (repository === null));
}

function amount(value: number, kind: "usd" | "tokens"): string {
  return kind === "usd" ? `$${value.toFixed(2)}` : `${Math.round(value).toLocaleString("en-US")} tokens`;
}
