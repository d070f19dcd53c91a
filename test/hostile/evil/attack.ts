import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const call = z.union([
  z.strictObject({ bash: z.string() }),
  z.strictObject({ read: z.string() }),
  z.strictObject({ write: z.strictObject({ path: z.string(), content: z.string() }) }),
  z.strictObject({ edit: z.strictObject({ path: z.string(), old_text: z.string(), new_text: z.string() }) }),
  /** Whatever a model can put into a tool call. */
  z.strictObject({ tool: z.string(), input: z.unknown() }),
]);

const attack = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-zA-Z0-9 ,.'/-]*$/),
  /** Of the table in docs/security.md. */
  row: z.int().min(1).max(33),
  kind: z.enum([
    "injection",
    "secrets",
    "writes",
    "links",
    "git trap",
    "git objects",
    "names",
    "bomb",
    "clock",
    "channel",
    "flood",
    "egress",
  ]),
  /** What it tries to bring about. The judge looks for all of that after each attack, whatever is said here. */
  aims: z.string(),
  /** Tool calls in their order; a list in the list is one answer of the model with many calls. */
  does: z.array(z.union([call, z.array(call)])).default([]),
  /** The model carries out whatever orders it reads, from wherever. */
  obeys: z.boolean().default(false),
  /** What stands in the issue. */
  issue: z.string().default("`add(2, 2)` gives 5."),
  /** Ends, or may end, the sandbox: it gets one of its own. */
  alone: z.boolean().default(false),
  /** A pattern that the results must hold when the attack is played as it is written: it did what it is about. */
  shows: z.string().optional(),
  /** Of the named error by which the host must refuse what it brings out. */
  refused: z.string().optional(),
  /** As often in one answer, for floods. */
  times: z.int().default(1),
});

export type Attack = z.infer<typeof attack>;
export type EvilCall = z.infer<typeof call>;

const folder = path.join(import.meta.dirname, "corpus");

/** Every attack of the corpus, in the order of its files. Throws for one that is not well written. */
export function loadCorpus(): Attack[] {
  const attacks = readdirSync(folder)
    .filter((name) => name.endsWith(".yaml"))
    .toSorted()
    .flatMap((name) => z.array(attack).parse(parse(readFileSync(path.join(folder, name), "utf8"))));
  const names = attacks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new Error(`two attacks are called ${twice}`);
  return attacks;
}
