import { readFileSync } from "node:fs";
import path from "node:path";
import { commandNames, findCommand, helpFor, helpOnAll, type CliCommand } from "./cli-commands.ts";
import { HandbackError } from "./errors.ts";
import { nearest } from "./triggers/nearest.ts";

// A reader who has seen enough (`| head`) is no reason to leave a run half done.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}

const [name = "help", ...args] = process.argv.slice(2);
const exitCode = await runCommand(name, args);
// What a command left open (a server that does not answer, say) must not hold a person up.
process.stdout.write("", () => process.stderr.write("", () => process.exit(exitCode)));

/** 0: well; 1: not; 2: typed wrongly. */
async function runCommand(name: string, args: readonly string[]): Promise<number> {
  if (["help", "--help", "-h"].includes(name)) return tellHelp(args[0]);
  if (name === "--version" || name === "-v" || name === "version") {
    process.stdout.write(`handback ${version()}\n`);
    return 0;
  }
  const command = findCommand(name);
  if (command === null) return tellUnknown(name);
  // What stands after `--` is a task's words.
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  if (options.includes("--help") || options.includes("-h")) return tellHelp(name);
  try {
    return await command.run([...args]);
  } catch (error) {
    return tellError(error, { name, command });
  }
}

function tellHelp(name: string | undefined): number {
  const command = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && command === null) return tellUnknown(name);
  process.stdout.write(command ? helpFor(command) : helpOnAll());
  return 0;
}

function tellUnknown(name: string): number {
  const close = nearest(name, commandNames);
  const hint = close === null ? "" : ` Did you mean \`handback ${close}\`?`;
  process.stderr.write(
    `There is no command ${JSON.stringify(name)}.${hint}\nhandback --help lists them all.\n`,
  );
  return 2;
}

/** A person at a terminal gets the sentence and its mend; the stack only for what nobody foresaw. */
function tellError(error: unknown, typed: { name: string; command: CliCommand }): number {
  if (error instanceof HandbackError) {
    process.stderr.write(`${error.message}\n${error.mend}\n`);
    return error.code.startsWith("usage.") ? 2 : 1;
  }
  if (isArgumentError(error)) {
    process.stderr.write(`${argumentWords(error, typed)}\nSee handback ${typed.name} --help.\n`);
    return 2;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 1;
}

function isArgumentError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/** `parseArgs` explains more than anyone wants to read, and does not know what was meant. */
function argumentWords(
  error: Error & { code: string },
  typed: { name: string; command: CliCommand },
): string {
  const unknown = /^Unknown option '([^']*)'/.exec(error.message)?.[1];
  if (unknown === undefined) return error.message.split("\n", 1)[0] ?? "";
  const options = typed.command.options.map(([usage]) => usage.split(" ")[0] ?? usage);
  const close = nearest(unknown, options);
  const hint = close === null ? "" : ` Did you mean ${close}?`;
  return `\`handback ${typed.name}\` has no option ${unknown}.${hint}`;
}

function version(): string {
  const file = path.join(import.meta.dirname, "../package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
