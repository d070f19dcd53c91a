import { runHarnessBench } from "./harness/run-harness-bench.ts";
import { runSandboxBench } from "./sandbox/run-sandbox-bench.ts";

const usage = `npm run bench -- NAME [options]

  harness   Handback's coder beside Claude Code, pi and opencode on the same scripted conversations
            --json       the figures as JSON in the last line of stdout, instead of a table
            --write      writes docs/performance.md and docs/performance.svg
            --rounds N   so many walks of each conversation (default 3)
            --fresh      installs the other harnesses anew instead of using the last installation
  sandbox   start, tool calls, commits out, 50 at once; against Docker's own ways and what they cost at least
            --json       the figures as JSON in the last line of stdout, instead of a table
            --rounds N   so many starts of each kind (default 9)

Exit code 1: a target does not hold. Exit code 2: the command is not understood.`;

const benches: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  harness: runHarnessBench,
  sandbox: runSandboxBench,
};

process.exitCode = await main(process.argv.slice(2));

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h" || name === "help" || args.includes("--help")) {
    console.log(usage);
    return 0;
  }
  if (name === undefined || !Object.hasOwn(benches, name)) {
    const wrong = name === undefined ? "No bench is named." : `There is no bench named ${name}.`;
    console.error(`${wrong} Known: ${Object.keys(benches).join(", ")}.\n\n${usage}`);
    return 2;
  }
  try {
    return (await benches[name]?.(args)) ?? 2;
  } catch (error) {
    const isWrongOption = (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") ?? false;
    console.error(error instanceof Error ? error.message : String(error));
    if (isWrongOption) console.error(`\n${usage}`);
    return isWrongOption ? 2 : 1;
  }
}
