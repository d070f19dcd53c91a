import { z } from "zod";
import { readYaml, type ReadYaml } from "../input/read-yaml.ts";
import { readServerUrl } from "../input/server-url.ts";
import { profileNames } from "./providers/profiles.ts";

/** The built-in catalog and the operator's HANDBACK_MODELS have this form; docs/models.md shows an example. */
const tokens = z.int().min(1).max(100_000_000);
const dollars = z.number().min(0).max(100_000);

const price = z.strictObject({
  input: dollars,
  output: dollars,
  cacheRead: dollars,
  cacheWrite: dollars,
  longPrompt: z.strictObject({ above: tokens, factor: z.number().positive() }).optional(),
});

const model = z.strictObject({
  contextTokens: tokens.optional(),
  maxOutputTokens: tokens.optional(),
  cacheMinimumTokens: tokens.optional(),
  thinking: z.enum(["always", "disabled", "between_tools", "none"]).optional(),
  price: price.optional(),
  guessed: z.array(z.string()).optional(),
});

const name = z.string().regex(/^[A-Za-z0-9][\w.:/@-]{0,99}$/, "is not a model's name");

const provider = z
  .strictObject({
    profile: z.enum(profileNames).optional(),
    baseUrl: z.string().optional(),
    insecure: z.boolean().optional(),
    keyFrom: z
      .string()
      .regex(
        /^[A-Z][A-Z0-9_]{1,99}$/,
        "is not the name of an environment variable; write the variable's name there, never the key itself",
      )
      .optional(),
  })
  .superRefine(({ baseUrl, insecure = false }, context) => {
    if (baseUrl === undefined) return;
    const read = readServerUrl(baseUrl, {
      insecure,
      example: "https://models.example.com",
      httpMend: "use https, or write `insecure: true` beside it if you trust the network in between",
    });
    const problem = !read.ok
      ? read.problem
      : /\/v1(?:\/messages)?$/.test(read.url)
        ? "ends in /v1, which is added to it; leave that out"
        : null;
    if (problem !== null) context.addIssue({ code: "custom", path: ["baseUrl"], message: problem });
  });

const providerName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,30}$/, "is not a provider's name; use small letters, digits and hyphens");

const modelsFile = z.strictObject({
  asOf: z.iso.date().optional(),
  source: z.string().optional(),
  providers: z.record(providerName, provider.nullable()).optional(),
  aliases: z.record(z.string().regex(/^[a-z0-9][a-z0-9.-]{0,40}$/, "is not an alias"), name).optional(),
  models: z.record(name, model).optional(),
});

export type ModelsFile = z.infer<typeof modelsFile>;
export type ModelEntry = z.infer<typeof model>;

export function readModelsFile(text: string): ReadYaml<ModelsFile> {
  return readYaml(text, { schema: modelsFile, keysAt, mendOf });
}

function keysAt(path: readonly string[]): readonly string[] {
  if (path.length === 0) return Object.keys(modelsFile.shape);
  if (path[0] === "providers") return Object.keys(provider.shape);
  if (path[0] !== "models") return [];
  return Object.keys(path[2] === "price" ? price.shape : model.shape);
}

/** What is wrong is said with its mend already. */
function mendOf(issue: { code: string }, path: readonly string[]): string | null {
  if (path.length === 0) return "The file must be a map with `providers`, `aliases` or `models`.";
  return issue.code === "custom" || issue.code === "invalid_format" ? "Correct it there." : null;
}
