const prefixes = {
  app: "A",
  blob: "B",
  bot: "BOT",
  checkRun: "CR",
  checkSuite: "CS",
  comment: "IC",
  commit: "C",
  installation: "MDIzOkluc3RhbGxhdGlvbg",
  issue: "I",
  label: "LA",
  organization: "O",
  pull: "PR",
  reaction: "REA",
  ref: "REF",
  repository: "R",
  review: "PRR",
  reviewComment: "PRRC",
  status: "SC",
  thread: "PRRT",
  user: "U",
} as const;

export type NodeKind = keyof typeof prefixes;

/** GraphQL's global id, in the look of GitHub's: a prefix that tells the kind, and an opaque rest. */
export function nodeId(kind: NodeKind, id: number | string): string {
  return `${prefixes[kind]}_${Buffer.from(`${kind}:${id}`).toString("base64url")}`;
}

export function parseNodeId(text: string): { kind: NodeKind; id: number } | undefined {
  const encoded = text.slice(text.indexOf("_") + 1);
  const [kind, id] = Buffer.from(encoded, "base64url").toString().split(":");
  if (!kind || !(kind in prefixes) || !/^\d+$/.test(id ?? "")) return undefined;
  return { kind: kind as NodeKind, id: Number(id) };
}
