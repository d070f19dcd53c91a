import { readFileSync } from "node:fs";

/** The system prompt beside a role's module, or another text there: the same to the byte in every run, so that its prefix is cached. */
export function promptFile(moduleUrl: string, name = "prompt.md"): string {
  return readFileSync(new URL(name, moduleUrl), "utf8").trim();
}
