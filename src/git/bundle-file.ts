import { GitError } from "../errors.ts";

const MAX_HEAD_BYTES = 256 * 1024;

/** A git bundle taken apart by us, so that git never reads an agent's header. */
export interface BundleFile {
  readonly headSha: string;
  readonly prerequisites: readonly string[];
  readonly pack: Uint8Array;
}

/** Version 2, or 3 with no more than the name of the hash; one head. Throws GitError `quarantine.bundle_malformed`. */
export function readBundle(bundle: Uint8Array): BundleFile {
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const end = bytes.subarray(0, MAX_HEAD_BYTES).indexOf("\n\n");
  if (end < 0) throw malformed("its head has no end");
  const [signature = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\n");
  if (signature !== "# v2 git bundle" && signature !== "# v3 git bundle")
    throw malformed("it is of another kind");
  const prerequisites: string[] = [];
  const heads = new Set<string>();
  for (const line of lines) {
    const prerequisite = /^-([0-9a-f]{40}|[0-9a-f]{64})( [^]*)?$/.exec(line);
    const head = /^([0-9a-f]{40}|[0-9a-f]{64}) HEAD$/.exec(line);
    if (prerequisite?.[1] !== undefined) prerequisites.push(prerequisite[1]);
    else if (head?.[1] !== undefined) heads.add(head[1]);
    else if (!/^@object-format=sha(1|256)$/.test(line))
      throw malformed("its head says what a bundle of ours does not say");
  }
  const [headSha, ...others] = heads;
  if (headSha === undefined || others.length > 0) throw malformed("it does not have one HEAD");
  const pack = bytes.subarray(end + 2);
  if (pack.subarray(0, 4).toString("latin1") !== "PACK") throw malformed("there is no pack in it");
  return { headSha, prerequisites, pack };
}

function malformed(why: string): GitError {
  return new GitError(
    "quarantine.bundle_malformed",
    `what came out of the sandbox is not a bundle of commits: ${why}`,
    {
      mend: "Start the run again; the agent may have tampered with git in the sandbox.",
    },
  );
}
