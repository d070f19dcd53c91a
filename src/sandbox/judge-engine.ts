import { SandboxError } from "../errors.ts";
import { compareVersions } from "./engine-version.ts";
import { escapesAsOf, knownEscapes, type EngineComponent, type KnownEscape } from "./known-escapes.ts";
import type { EngineFacts } from "./read-engine.ts";

/** One part of the engine that known ways out of a container affect, by its version's number. */
export interface Weakness {
  readonly component: EngineComponent;
  readonly version: string;
  /** The package's version, when a distribution made it: the number does not tell what is mended in it. */
  readonly distribution: string | null;
  readonly ids: readonly string[];
  /** The oldest version of its series, or after it, that has none of them. */
  readonly upgradeTo: string;
  readonly needs: readonly string[];
}

export interface Judgement {
  /** Enough to let no agent work here. */
  readonly refused: readonly Weakness[];
  /** Sentences for the operator. */
  readonly warnings: readonly string[];
}

/** `accepted`: ids that the operator lives with. */
export function judgeEngine(
  engine: EngineFacts,
  options: { runtime: string | undefined; accepted: readonly string[] },
): Judgement {
  const refused: Weakness[] = [];
  const warnings: string[] = [];
  const wall = wallOf(engine, options.runtime);
  for (const part of engine.components) {
    const affecting = knownEscapes.filter(
      (escape) => escape.component === part.component && rangeOf(escape, part.upstream) !== undefined,
    );
    const reachable = affecting.filter(({ needs }) => needs === null);
    const unaccepted = reachable.filter(({ id }) => !options.accepted.includes(id));
    const remote = affecting.filter(({ needs }) => needs !== null);
    if (unaccepted.length > 0) {
      const weakness = weaknessOf(part, unaccepted);
      if (part.distribution !== null) warnings.push(distributionWords(weakness, part.distribution));
      else if (wall !== null) warnings.push(`${weaknessWords(weakness)}; ${wall} stands before it.`);
      else refused.push(weakness);
    }
    if (remote.length > 0 && part.distribution === null) {
      const weakness = weaknessOf(part, remote);
      warnings.push(
        `${weaknessWords(weakness)}, but needs ${weakness.needs.join(" or ")}, which Handback never gives. Upgrade to ${weakness.upgradeTo} all the same.`,
      );
    }
    const accepted = reachable.filter(({ id }) => options.accepted.includes(id));
    if (accepted.length > 0)
      warnings.push(`${weaknessWords(weaknessOf(part, accepted))}; HANDBACK_ACCEPTED_ESCAPES says to go on.`);
  }
  if (!engine.components.some(({ component }) => component === "runc")) {
    warnings.push(
      "Docker does not say which runc it uses, so its version was not held against known escapes.",
    );
  }
  return { refused, warnings };
}

/** Throws SandboxError `sandbox.engine_escapable`, which says what to upgrade. */
export function requireSafe({ refused }: Judgement): void {
  if (refused.length === 0) return;
  const ids = refused.flatMap((weakness) => weakness.ids);
  const upgrades = refused.map(({ component, upgradeTo }) => `${titles[component]} to ${upgradeTo} or newer`);
  throw new SandboxError(
    "sandbox.engine_escapable",
    `Agents are not let loose here: ${refused.map(weaknessWords).join("; ")}.`,
    {
      mend: `Upgrade ${upgrades.join(" and ")} (known as of ${escapesAsOf}); or put a stronger wall up: gVisor (\`runsc\`) as a runtime of Docker, or its user namespaces (\`userns-remap\`). To go on as it is, name them: HANDBACK_ACCEPTED_ESCAPES=${ids.join(",")}.`,
      fields: { refused },
    },
  );
}

/** A runtime whose containers do not talk to the host's kernel themselves, or a root that is none. */
function wallOf(engine: EngineFacts, runtime: string | undefined): string | null {
  const used = runtime ?? engine.defaultRuntime;
  if (isStrongRuntime(used)) return `the runtime ${used}`;
  return engine.hasUserNamespaces ? "Docker's user namespace" : null;
}

/** gVisor and Kata. */
function isStrongRuntime(name: string): boolean {
  return /^(?:io\.containerd\.)?(?:runsc|gvisor|kata)(?:[.-]|$)/.test(name);
}

type Range = KnownEscape["affected"][number];

function rangeOf({ affected }: KnownEscape, version: string): Range | undefined {
  return affected.find(
    ({ from, fixedIn }) =>
      (from === null || compareVersions(version, from) >= 0) && compareVersions(version, fixedIn) < 0,
  );
}

function weaknessOf(part: EngineFacts["components"][number], escapes: readonly KnownEscape[]): Weakness {
  const fixes = escapes.flatMap((escape) => rangeOf(escape, part.upstream)?.fixedIn ?? []);
  return {
    component: part.component,
    version: part.upstream,
    distribution: part.distribution,
    ids: escapes.map(({ id }) => id),
    upgradeTo: fixes.toSorted(compareVersions).at(-1) ?? "",
    needs: [...new Set(escapes.flatMap(({ needs }) => needs ?? []))],
  };
}

const titles: Readonly<Record<EngineComponent, string>> = {
  docker: "Docker",
  containerd: "containerd",
  runc: "runc",
};

function weaknessWords({ component, version, ids }: Weakness): string {
  return `${titles[component]} ${version} is affected by ${ids.join(", ")}`;
}

function distributionWords(weakness: Weakness, distribution: string): string {
  const { component, ids } = weakness;
  const name = component === "docker" ? "docker.io" : component;
  return `${titles[component]} ${distribution} has a number that ${ids.join(", ")} affects; a distribution mends without a new number: see that its changelog names them (Debian: \`apt changelog ${name}\`; Fedora: \`rpm -q --changelog ${name}\`).`;
}
