import { z } from "zod";
import { efforts } from "../run/effort.ts";
import { lenses } from "../run/lens.ts";
import { networkMethods, readingMethods, type NetworkRule } from "../run/network.ts";
import type { RoleName } from "../triggers/trigger.ts";
import { presetNames } from "./choose-models.ts";

/**
 * `.github/handback.yml`, as a person writes it. Strict: a misspelt key is a problem, not silence. The JSON Schema for
 * editors, `handback.schema.json`, is generated from this (scripts/write-settings-schema.ts).
 */
const model = z
  .string()
  .regex(
    /^[A-Za-z0-9][\w.:/@-]{0,99}$/,
    "is not a model's id or alias; write `opus`, `sonnet`, `haiku`, a full id, or `provider/model`",
  );

const command = z.string().trim().min(1, "is empty; write a shell command, or leave the line out").max(2000);
const commands = z.union([command.transform((only) => [only]), z.array(command).max(20)]);

const hostName = z
  .string()
  .regex(
    /^(?=.{1,253}$)(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    "is not a host name; write it like `registry.example.com`, without https:// and without a path",
  );

/** As Docker writes it. It becomes part of a path of Docker's API, so nothing else may. */
const imageName = z
  .string()
  .max(300)
  .regex(
    /^[a-zA-Z0-9](?!.*\.\.)[\w.:/@-]*$/,
    "is not an image's name; write it like `registry.example.com/team/image:tag`",
  );

const networkRule = z.union([
  hostName.transform((host): NetworkRule => ({ host, methods: readingMethods })),
  z.strictObject({
    host: hostName,
    methods: z
      .array(z.enum(networkMethods))
      .min(1)
      .max(networkMethods.length)
      .default([...readingMethods]),
  }),
]);

const glob = z.string().min(1).max(300);
const globs = z.array(glob).max(200).optional();

function forEachRole<T extends z.ZodType>(value: T): Record<RoleName, T> {
  return { planner: value, coder: value, reviewer: value, improver: value, helper: value };
}

const dayLimits = z
  .strictObject({
    usd: z.number().positive().max(1_000_000).optional(),
    tokens: whole(1000, 1_000_000_000_000).optional(),
  })
  .optional();

function whole(min: number, max: number, tooSmall?: string) {
  return z.int().min(min, tooSmall).max(max);
}

const noRun = "is too small: a budget of 0 means no run";

export const settingsFileSchema = z.strictObject({
  models: z
    .union([
      z.enum(presetNames),
      z.strictObject({
        preset: z.enum(presetNames).optional(),
        ...forEachRole(model.optional()),
      }),
    ])
    .optional()
    .describe(
      "A preset (`opusplan`: opus plans and reviews, sonnet codes), or a model for each role by id or alias.",
    ),
  effort: z
    .strictObject(forEachRole(z.enum(efforts).optional()))
    .optional()
    .describe(
      "How hard each role's model thinks. Default: high for planner and reviewer, medium for the coder.",
    ),
  escalate: z
    .array(model)
    .max(5)
    .optional()
    .describe(
      "Models for the coder, the cheapest first; the next takes over when checks or blocking findings keep failing. Default: none.",
    ),
  budget: z
    .strictObject({
      turns: whole(1, 10_000, noRun)
        .optional()
        .describe("Answers of a model, all agents together. Default: 200."),
      tokens: whole(1000, 1_000_000_000, noRun).optional().describe("Tokens in and out. Default: 1000000."),
      usd: z.number().positive(noRun).max(10_000).optional().describe("Money. Default: 10."),
      minutes: whole(1, 1440, noRun).optional().describe("Wall clock of the whole run. Default: 60."),
      perDay: z
        .strictObject({
          person: dayLimits.describe("For each person who asks for runs in this repository."),
          repository: dayLimits.describe("For all runs in this repository."),
        })
        .optional()
        .describe("Limits of all runs of a calendar day (UTC). Default: none."),
    })
    .optional()
    .describe("Limits of one run."),
  setup: commands
    .optional()
    .describe("Shell commands run once in a new sandbox, e.g. `npm ci`. Default: detected."),
  verify: commands.optional().describe("Shell commands that must exit with 0. Default: detected."),
  sandbox: z
    .strictObject({
      image: imageName.optional().describe("Docker image. Default: the operator's."),
      memoryMb: whole(128, 262_144).optional().describe("Default: 2048."),
      cpus: z.number().positive().max(256).optional().describe("Default: 2."),
      pids: whole(32, 32_768).optional().describe("Processes at once. Default: 512."),
      diskMb: whole(64, 1_048_576).optional().describe("Default: 2048."),
      minutes: whole(1, 1440).optional().describe("Wall clock of one sandbox. Default: 45."),
    })
    .optional(),
  network: z
    .array(networkRule)
    .max(100)
    .optional()
    .describe(
      "Hosts that sandboxes may reach besides the package registries, on ports 443 and 80: a name or `*.suffix`, for GET and HEAD, or a map with `methods`.",
    ),
  review: z
    .strictObject({
      rounds: whole(0, 10).optional().describe("Review rounds at most; 0: no review. Default: 3."),
      instructions: z
        .string()
        .max(20_000)
        .optional()
        .describe("What the reviewer should look at in this repository."),
      lenses: z
        .array(z.enum(lenses))
        .min(1)
        .max(4)
        .optional()
        .describe("What reviewers look at side by side. Default: all four."),
      comments: whole(0, 50).optional().describe("Inline comments of one review at most. Default: 10."),
    })
    .optional(),
  denyPaths: z
    .array(glob)
    .max(200)
    .optional()
    .describe("Globs that a change may not touch, besides `.github/**` and CODEOWNERS."),
  allowPaths: globs.describe(
    "Globs under `.github/**` and of CODEOWNERS that a change may touch after all; workflows and handback.yml never. Default: none.",
  ),
  binaries: globs.describe("Globs of binary files that may have more than 1 MB. Default: none."),
  secrets: z
    .strictObject({
      allow: globs.describe(
        "Globs of files that may hold what looks like a secret: fixtures, examples. Default: none.",
      ),
    })
    .optional()
    .describe("A change with what looks like a secret is refused."),
  ci: z
    .enum(["at_once", "after_approval"])
    .optional()
    .describe(
      "`after_approval`: what is pushed asks CI not to run (`skip-checks: true`) until a person with write access approves its newest commit or pushes to the branch. Default: at_once.",
    ),
});

export type SettingsFile = z.infer<typeof settingsFileSchema>;

/** Draft 2020-12, for editors: `# yaml-language-server: $schema=…`. */
export function settingsJsonSchema(): object {
  return {
    ...z.toJSONSchema(settingsFileSchema, { io: "input", unrepresentable: "throw" }),
    title: "Handback settings (.github/handback.yml)",
  };
}
