import type { Figure } from "../figure.ts";
import { describeLoad, describeMachine } from "../machine.ts";
import { figureColumns, figureRow } from "../table.ts";

/** docs/performance-sandbox.md. */
export async function renderPage(figures: readonly Figure[], rounds: number): Promise<string> {
  const today = new Date().toISOString().slice(0, 10);
  const rows = [figureColumns, figureColumns.map(() => "-"), ...figures.map(figureRow)];
  return [
    "# Performance of the sandbox",
    `Written by \`npm run bench -- sandbox --write\` on ${today}, ${rounds} rounds, on a shared machine: ${await describeMachine()}. ${describeLoad()}`,
    rows.map((row) => `| ${row.join(" | ")} |`).join("\n"),
    notes,
  ].join("\n\n");
}

const notes = `## What is measured

- **Start to first command**: from nothing to the end of \`true\` in a sandbox with the repository checked out, the middle of the rounds. The floor is what Docker takes to
  make and start a container of the same rights with a process that does nothing, plus an empty repository on this host, in memory, that borrows the mirror's
  objects and writes all files. The repository has 80,000 commits and 4,697 files (46 MB), about git's own; a script makes it once.
- **Start from the pool**: the same with a sandbox that waited (\`HANDBACK_POOL\`), in turns with a cold start of the same repository; one of 50 files, then the one above.
- **Clones** are made on this host, in memory, from the same repository by \`file://\`.
- **Tool call**: \`true\`, from the call to its result, in turns with \`bash -c\` on the host; Docker's own ways in turns with each other.
- **Commits out**: a bundle of one commit. Through quarantine it is unpacked, checked object by object, and scanned for secrets.
- **A connection out**: one request over a connection of its own, through the forwarder in the sandbox and the proxy on the host, to a server on this host.
- **50 at once** are started at once and each runs a command. Their processes' memory is what the kernel counts as theirs, without files.
`;
