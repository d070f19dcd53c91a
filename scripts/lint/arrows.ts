import path from "node:path";

/**
 * The house of docs/architecture.md as a table: what each part of src/ may import from the other parts. Arrows point down,
 * and what is not named is forbidden: a new folder has no arrows until it has its line here. `name/` is a folder,
 * `name/file.ts` one file of it.
 */
const ground = ["errors.ts", "log.ts", "host-secrets.ts", "mentions.ts"];
const core = [...ground, "input/", "run/", "triggers/"];
const roles = [...core, "agent/", "git/", "github/", "sandbox/", "settings/", "store/", "roles/"];
const steps = [...roles, "steps/"];
const pipeline = [...steps, "pipeline.ts", "local-pipeline.ts", "review-loop.ts"];
const pipelineAndReplay = [...pipeline, "replay/"];
const services = [...pipeline, "config.ts", "app.ts", "app/", "web/", "jobs/"];
const everything = [""];

const mayImport: Record<string, readonly string[]> = {
  "errors.ts": [],
  "log.ts": ["errors.ts"],
  "host-secrets.ts": [],
  "mentions.ts": [],
  "config.ts": [...ground, "config/", "input/"],
  "config/": [...ground, "input/"],
  "input/": [...ground, "triggers/"],
  "triggers/": ground,
  "run/": [...core, "store/store.ts", "store/records.ts"],
  "settings/": core,
  "store/": core,
  "git/": core,
  "github/": core,
  "sandbox/": core,
  "agent/": [...core, "sandbox/sandbox.ts"],
  "roles/": roles,
  "steps/": steps,
  "pipeline.ts": pipeline,
  "local-pipeline.ts": pipeline,
  "review-loop.ts": pipeline,
  "app.ts": services,
  "app/": services,
  "web/": services,
  "jobs/": services,
  "local-github/": ground,
  "release-memory.ts": [],
  "main.ts": everything,
  "cli.ts": everything,
  "cli-commands.ts": everything,
  "doctor.ts": everything,
  "doctor/": everything,
  "local-run.ts": everything,
  "eval.ts": everything,
  "eval/": everything,
  "local/": [...steps, "local-pipeline.ts"],
  "demo/": everything,
  "replay.ts": everything,
  "replay-live.ts": everything,
  "replay/": pipelineAndReplay,
};

/** The parts that put the house together, and so may name the adapters behind its ports. */
const composers = [
  "main.ts",
  "cli.ts",
  "doctor/",
  "local-run.ts",
  "eval.ts",
  "replay-live.ts",
  "replay.ts",
  "demo/",
];
const adapter = /^(?:sandbox\/docker-|github\/octokit-|agent\/anthropic-|store\/(?:sql-|node-sqlite-))/;

/** The wire between host and sandbox is one file for both ends. */
const sharedWire = /^sandbox\/(?:protocol|frames)\.ts$/;

/** Why the file may not import the target, or null if it may. Both are paths from the project's root, with `/`. */
export function forbiddenBecause(file: string, target: string): string | null {
  if (file.startsWith("sandbox/")) {
    return target.startsWith("sandbox/") ? null : "the sandbox's image holds nothing but sandbox/";
  }
  if (!file.startsWith("src/")) return null;
  const from = partOf(file);
  if (!target.startsWith("src/")) {
    if (from === "sandbox/" && sharedWire.test(target)) return null;
    return composers.includes(from) && target === "package.json"
      ? null
      : `${from} lives in src/ and so does all it needs`;
  }
  const to = partOf(target);
  if (from === to) return null;
  const inside = target.slice("src/".length);
  if (adapter.test(inside) && !composers.includes(from)) {
    return `only ${composers.join(", ")} may name the adapter; ${from} uses its port`;
  }
  const allowed = mayImport[from];
  if (allowed === undefined) return `${from} has no line in scripts/lint/arrows.ts yet`;
  return allowed.some((name) => inside.startsWith(name)) ? null : `there is no arrow from ${from} to ${to}`;
}

/** `src/steps/verify.ts` -> `steps/`, `src/app.ts` -> `app.ts`. */
function partOf(file: string): string {
  const [, part = "", ...rest] = file.split("/");
  return rest.length > 0 ? `${part}/` : part;
}

interface Source {
  readonly type: string;
  readonly value?: unknown;
}
interface Importing {
  readonly source: Source | null;
}
interface Context {
  readonly filename: string;
  readonly cwd: string;
  report(problem: { node: Source; message: string }): void;
}

/** An oxlint plugin with one rule, `handback/arrows`; it sees type imports and `import()` too. */
export default {
  meta: { name: "handback" },
  rules: {
    arrows: {
      create(context: Context) {
        const check = ({ source }: Importing): void => {
          if (source === null || typeof source.value !== "string" || !source.value.startsWith(".")) return;
          const target = path.join(path.dirname(context.filename), source.value);
          const reason = forbiddenBecause(
            path.relative(context.cwd, context.filename),
            path.relative(context.cwd, target),
          );
          if (reason !== null)
            context.report({ node: source, message: `${reason} (scripts/lint/arrows.ts)` });
        };
        return {
          ImportDeclaration: check,
          ImportExpression: check,
          ExportNamedDeclaration: check,
          ExportAllDeclaration: check,
        };
      },
    },
  },
};
