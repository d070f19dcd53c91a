import { digestOf, encode, type EncodeOptions } from "./codec.ts";
import { withoutDurations } from "./without-durations.ts";

/**
 * How the arguments of a call are written down and told apart from others: the same words for the recorder and for the replay. How
 * long something took is no part of what is asked of GitHub.
 */
export function askedOf(
  port: string,
  args: readonly unknown[],
  options: EncodeOptions & { idOf: (object: object) => string | null },
): { digest: string; args: unknown } {
  const { idOf, ...rest } = options;
  const object: EncodeOptions["object"] = (held) => {
    const id = idOf(held);
    return id === null ? null : { id, facts: {}, methods: [] };
  };
  // Functions among them are known by their place only.
  const data = args.filter((arg) => typeof arg !== "function");
  const encoded = encode(data, { ...rest, object, omit: "token" });
  if (port !== "github") return { args: encoded, digest: digestOf(encoded) };
  const { clean } = rest;
  const timeless = encode(withoutDurations(data), clean === undefined ? {} : { clean });
  return { args: encoded, digest: digestOf(timeless) };
}
