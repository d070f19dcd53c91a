import {
  amountWords,
  closingShare,
  handBackMinutes,
  noLimits,
  usedWords,
  type BudgetLimits,
} from "./budget-limits.ts";
import { stepPath } from "./budget-path.ts";
import type { RunEvent } from "./events.ts";
import { SpendingTotals, spendingOf, type RoleTotal, type Spending } from "./spending.ts";
import { secondsAtWork } from "./step-time.ts";

export interface Exhausted {
  /** `day`: not the run's own limit, but what a person, a repository or all may spend in a day. */
  readonly reason: keyof BudgetLimits | "day";
  /** For people, e.g. `$5.02 of $5.00 spent`. */
  readonly detail: string;
}

/** The worst case of one call of a model, taken out of a budget until it is known what the call cost. */
export interface Reservation {
  /** The model has answered: what it cost is held, and no more, until the call is settled. */
  narrow(cost: WorstCase): void;
  /** The call was made; what it did not use goes back. Once. */
  settle(spending: Spending): void;
  /** The call was not made, or cost nothing. Does nothing after `settle`. */
  release(): void;
}

/** What a call may cost at most. `usd` is null when the price is not known: then tokens, turns and minutes bind. */
export interface WorstCase {
  readonly tokens: number;
  readonly usd: number | null;
}

interface Held extends WorstCase {
  /** Then this is what it cost. */
  readonly isAnswered: boolean;
}

interface BudgetPlace {
  readonly name?: string;
  readonly parent?: Budget | null;
  /** Minutes at the end that no agent gets. */
  readonly keptMinutes?: number;
}

const kinds = ["turns", "tokens", "usd", "minutes"] as const;

/**
 * What agents may use, and what they have used: a node of the tree session → run → round → step → agent. What is spent or
 * reserved here counts in every node above, and each of them can stand in the way. No clock of its own: give it a monotonic one.
 */
export class Budget {
  readonly name: string;
  #limits: BudgetLimits;
  readonly #parent: Budget | null;
  readonly #keptMinutes: number;
  readonly #now: () => number;
  /** null: nothing has worked with it in this life of the run. */
  #startedAt: number | null;
  /** Seconds used in earlier lives of the run. */
  #earlierSeconds = 0;
  readonly #totals = new SpendingTotals();
  /** A set, not a sum: what is taken out of a sum of fractions does not come back exactly. */
  readonly #reserved = new Set<Held>();
  /** Of the whole tree: a call that is under way anywhere may free what another waits for. */
  readonly #waiting: (() => void)[];
  readonly #children = new Map<string, Budget>();
  /** Whose the limits are when they are not the run's own. */
  #whose: Partial<Record<keyof BudgetLimits, string>> = {};

  /** `now` gives milliseconds and never goes back, e.g. `() => performance.now()`. */
  constructor(limits: Partial<BudgetLimits>, now: () => number, place: BudgetPlace = {}) {
    this.name = place.name ?? "run";
    this.#limits = { ...noLimits, ...limits };
    this.#parent = place.parent ?? null;
    this.#waiting = this.#parent === null ? [] : this.#parent.#waiting;
    this.#keptMinutes = place.keptMinutes ?? 0;
    this.#now = now;
    this.#startedAt = now();
  }

  /**
   * The budget of a run with what its earlier lives used, from its journal, each turn in the node of its step.
   */
  static replay(
    limits: BudgetLimits,
    events: readonly RunEvent[],
    now: () => number,
    parent: Budget | null = null,
  ): Budget {
    const run = new Budget(limits, now, { name: "run", parent, keptMinutes: handBackMinutes(limits) });
    run.#earlierSeconds = secondsAtWork(events);
    for (const event of events) {
      const spending = spendingOf(event);
      if (spending === null || !("step" in event)) continue;
      const agent = "agent" in event && event.agent !== undefined ? [event.agent] : [];
      const node = run.#descend([...stepPath(event.step), ...agent]);
      node.spend(spending);
      node.#earlierSeconds += spending.seconds;
    }
    return run;
  }

  get limits(): BudgetLimits {
    return this.#limits;
  }

  /**
   * A part of this budget: its own limits (absent: none of its own), and everything it spends counts in its parents too. The
   * same name gives the same part again. Its minutes count from the first time that it is asked for.
   */
  child(name: string, limits?: Partial<BudgetLimits>): Budget {
    const child = this.#part(name);
    child.#startedAt ??= this.#now();
    if (limits !== undefined) child.#limits = { ...noLimits, ...limits };
    return child;
  }

  /** Sets the limits anew: what others leave of a day. `whose` says it, e.g. `the $20.00 a day for ada`. */
  cap(bounds: Readonly<Record<"usd" | "tokens", { limit: number; whose: string } | null>>): void {
    const { usd, tokens } = bounds;
    this.#limits = { ...noLimits, usd: usd?.limit ?? Infinity, tokens: tokens?.limit ?? Infinity };
    this.#whose = { usd: usd?.whose ?? "", tokens: tokens?.whose ?? "" };
  }

  /** Takes the worst case of one model call out of this node and all its parents, or says which limit stands in the way. */
  reserve(worst: WorstCase): Reservation | Exhausted {
    const line = this.#line();
    for (const node of line) {
      const short = node.#exhausted() ?? node.#tooLittleFor(worst, node.#ownLeft());
      if (short !== null) return short;
    }
    const held: Held = { ...worst, isAnswered: false };
    for (const node of line) node.#reserved.add(held);
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
      for (const node of line) node.#reserved.delete(held);
      this.#wake();
    };
    return {
      narrow: (cost) => {
        Object.assign(held, cost, { isAnswered: true });
        this.#wake();
      },
      settle: (spending) => {
        if (!isOpen) throw new TypeError("A reservation was settled after its end.");
        close();
        this.spend(spending);
      },
      release: close,
    };
  }

  /**
   * For a call that was refused just now: resolves when one of the calls that stand in its way was answered or given up; null when
   * something else does.
   */
  freed(worst: WorstCase): Promise<void> | null {
    const isForGood = (node: Budget) => node.#exhausted() ?? node.#tooLittleFor(worst, node.#likelyLeft());
    if (firstOf(this.#line(), isForGood) !== null) return null;
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Without a reservation: what was spent anyway. */
  spend(spending: Spending): void {
    for (const node of this.#line()) node.#totals.add(spending);
  }

  /** What a next call may cost at most, by the tightest limit here and above; Infinity where there is none. Never below 0. */
  left(): BudgetLimits {
    const all = this.#line().map((node) => node.#ownLeft());
    const least = (kind: keyof BudgetLimits): number => Math.max(0, Math.min(...all.map((one) => one[kind])));
    return {
      turns: least("turns"),
      tokens: least("tokens"),
      usd: least("usd"),
      minutes: least("minutes"),
    };
  }

  /** Which limit is reached, here or above; null while there is something left of everything. */
  check(): Exhausted | null {
    return firstOf(this.#line(), (node) => node.#exhausted());
  }

  /** Why an agent should come to its end now although something is left: the reserve for the finish is reached; null while there is more. */
  closing(): Exhausted | null {
    return firstOf(this.#line(), (node) => node.#closing());
  }

  /** Totals of this node and all below it. `usd` is the known part of the money. */
  used(): BudgetLimits {
    const running = this.#startedAt === null ? 0 : (this.#now() - this.#startedAt) / 1000;
    return { ...this.#totals.sum(), minutes: (this.#earlierSeconds + running) / 60 };
  }

  /** For the packet: one row for each role and model, in the order in which they first worked. */
  byRole(): readonly RoleTotal[] {
    return this.#totals.rows();
  }

  /** The parts of this budget in the order in which they were first asked for. */
  parts(): readonly Budget[] {
    return [...this.#children.values()];
  }

  #line(): Budget[] {
    return [this, ...(this.#parent === null ? [] : this.#parent.#line())];
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #part(name: string): Budget {
    const there = this.#children.get(name);
    if (there !== undefined) return there;
    const part = new Budget({}, this.#now, { name, parent: this });
    part.#startedAt = null;
    this.#children.set(name, part);
    return part;
  }

  #descend(names: readonly string[]): Budget {
    return names.reduce<Budget>((node, name) => node.#part(name), this);
  }

  /** What agents get of it. */
  #limit(kind: keyof BudgetLimits): number {
    return kind === "minutes" ? this.#limits.minutes - this.#keptMinutes : this.#limits[kind];
  }

  #ownLeft(calls: Iterable<Held> = this.#reserved): BudgetLimits {
    const { turns, tokens, usd, minutes } = this.used();
    const held = [...calls];
    return {
      turns: this.#limit("turns") - turns - held.length,
      tokens: this.#limit("tokens") - tokens - held.reduce((sum, call) => sum + call.tokens, 0),
      usd: this.#limit("usd") - usd - held.reduce((sum, call) => sum + (call.usd ?? 0), 0),
      minutes: this.#limit("minutes") - minutes,
    };
  }

  /** As if calls that wait for an answer cost nothing: most of what is held for them comes back. */
  #likelyLeft(): BudgetLimits {
    return this.#ownLeft([...this.#reserved].filter(({ isAnswered }) => isAnswered));
  }

  #exhausted(): Exhausted | null {
    const used = this.used();
    const kind = kinds.find((one) => used[one] >= this.#limit(one));
    return kind === undefined ? null : this.#say(kind, kind === "minutes" ? this.#keptWords() : "");
  }

  #tooLittleFor({ tokens, usd }: WorstCase, left: BudgetLimits): Exhausted | null {
    const need = { turns: 1, tokens, usd: usd ?? 0, minutes: 0 };
    const kind = kinds.find((one) => need[one] > left[one]);
    if (kind === undefined) return null;
    return this.#say(
      kind,
      kind === "turns" ? "" : `, and one more call may take ${amountWords(kind, need[kind])}`,
    );
  }

  #closing(): Exhausted | null {
    const exhausted = this.#exhausted();
    if (exhausted !== null) return exhausted;
    const left = this.#likelyLeft();
    const share = closingShare(this.#limits);
    const kind = kinds.find((one) => left[one] <= share[one]);
    return kind === undefined ? null : this.#say(kind, "; the rest is kept for the finish");
  }

  #keptWords(): string {
    return this.#keptMinutes > 0 ? "; the rest is kept for the finish" : "";
  }

  #say(kind: keyof BudgetLimits, more: string): Exhausted {
    const whose = this.#whose[kind];
    if (whose !== undefined) return { reason: "day", detail: `${whose} is used up` };
    const where = this.name === "run" ? "" : ` by ${this.name}`;
    return {
      reason: kind,
      detail: `${usedWords(kind, this.used()[kind], this.#limits[kind])}${where}${more}`,
    };
  }
}

function firstOf(line: readonly Budget[], ask: (node: Budget) => Exhausted | null): Exhausted | null {
  for (const node of line) {
    const answer = ask(node);
    if (answer !== null) return answer;
  }
  return null;
}
