import { readFile } from "node:fs/promises";

/** In the order of the cascade. */
const parts = [
  "base",
  "frame",
  "pieces",
  "lists",
  "conversation",
  "threads",
  "code",
  "markdown",
  "narrow",
] as const;

/** All of styles/ as one file; read anew each time, so that a change shows on reload. */
export async function stylesheet(): Promise<string> {
  const texts = parts.map((name) => readFile(new URL(`./styles/${name}.css`, import.meta.url), "utf8"));
  return (await Promise.all(texts)).join("\n");
}
