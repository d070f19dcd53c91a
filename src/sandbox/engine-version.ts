/** A version of a part of the engine, as Docker tells it. */
export interface EngineVersion {
  /** `1.1.5`, `1.0.0-rc95`: what the project itself called it. */
  readonly upstream: string;
  /** A distribution's own build, `1.1.5+ds1-1+deb12u1`: it mends holes without another number. null: the project's. */
  readonly distribution: string | null;
}

/** null: not a version. `revision` is what Docker calls GitCommit, where Debian writes the package's version. */
export function readEngineVersion(text: string, revision = ""): EngineVersion | null {
  const found = /^v?(\d+\.\d+(?:\.\d+)?(?:-(?:alpha|beta|rc)\.?\d+)?)(?:-[ce]e(?:-\d+)?)?(.*)$/.exec(
    text.trim(),
  );
  if (found === null) return null;
  const [, upstream = "", rest = ""] = found;
  // A commit's own name may hold any letters, so only what goes on from the version counts.
  const isPackageRevision = revision.startsWith(upstream) && /[+~]|ubuntu|\.(?:el|fc|amzn)\d/.test(revision);
  if (isPackageRevision) return { upstream, distribution: revision };
  return { upstream, distribution: rest === "" ? null : text.trim() };
}

/** Negative: `a` is older. A release candidate is older than its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.stage - right.stage || left.candidate - right.candidate;
}

const stages = ["alpha", "beta", "rc"];

function parts(version: string): { numbers: number[]; stage: number; candidate: number } {
  const [numbers = "", pre] = version.split("-", 2);
  const found = /^([a-z]+)\.?(\d+)$/.exec(pre ?? "");
  return {
    numbers: numbers.split(".").map(Number),
    stage: found === null ? stages.length : stages.indexOf(found[1] ?? ""),
    candidate: Number(found?.[2] ?? 0),
  };
}
