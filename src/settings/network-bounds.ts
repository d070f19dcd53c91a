import { isCoveredBy } from "../run/network.ts";

/** GitHub's own names lead to every repository there is; only an operator who names them means that. */
const github = ["github.com", "*.github.com", "githubusercontent.com", "*.githubusercontent.com"];

/**
 * Whether a repository may name this host under `network:`. `bounds` are the operator's (HANDBACK_NETWORK): names and `*.suffix`es;
 * null: any public name but GitHub's.
 */
export function problemWithHost(
  host: string,
  bounds: readonly string[] | null,
): { readonly message: string; readonly mend: string } | null {
  const isBelow = (entry: string): boolean => {
    if (!host.startsWith("*.")) return isCoveredBy(host, entry);
    // All that `*.suffix` stands for is within the same entry, and within one that covers the suffix.
    return host === entry || (entry.startsWith("*.") && isCoveredBy(host.slice(2), entry));
  };
  if (bounds !== null) {
    if (bounds.some(isBelow)) return null;
    const named = bounds.length === 0 ? "none" : bounds.map((name) => `\`${name}\``).join(", ");
    return {
      message: "The operator of this Handback does not let repositories open this host.",
      mend: `Remove it, or ask the operator to name it in HANDBACK_NETWORK (now: ${named}).`,
    };
  }
  if (!github.some(isBelow)) return null;
  return {
    message: "Sandboxes do not reach GitHub: an agent could read and write anywhere there.",
    mend: "Remove it; the repository itself is in the sandbox. An operator who wants it all the same names it in HANDBACK_NETWORK.",
  };
}
