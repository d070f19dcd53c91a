import { readFileSync } from "node:fs";

/** The system prompt beside a role's module, the same to the byte in every run so that its prefix is cached. */
export function promptFile(moduleUrl: string): string {
  return readFileSync(new URL("prompt.md", moduleUrl), "utf8").trim();
}
