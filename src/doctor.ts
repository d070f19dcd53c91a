import { parseArgs, styleText } from "node:util";
import { environmentWithApp } from "./config.ts";
import type { Check, Finding, Need } from "./doctor/check.ts";
import { Skipped } from "./doctor/check.ts";
import { openScratch } from "./doctor/data-folder.ts";
import { lookAtDatabase } from "./doctor/database.ts";
import { readSoundConfig } from "./doctor/environment.ts";
import { lookAtApp, lookAtWebhooks } from "./doctor/github-app.ts";
import { look } from "./doctor/look.ts";
import { lookAtDocker, lookAtEscapes, lookAtGit, lookAtNode } from "./doctor/machine.ts";
import { lookAtModels } from "./doctor/model.ts";
import { examineModel } from "./doctor/model-doctor.ts";
import { lookAtRedis } from "./doctor/redis.ts";

/** Of each check. */
const seconds = 10;

/**
 * `handback doctor`: looks at everything that Handback needs, all at once. Nothing is changed: a Handback that runs is not
 * disturbed, and nothing is left on the disk. Exit code 1 when something is missing.
 */
export async function doctor(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      model: { type: "string" },
      thorough: { type: "boolean", default: false },
    },
  });
  if (values.model !== undefined) return examineModel(values.model, values);
  const findings = await lookAtAll();
  const failed = findings.filter(({ status }) => status !== "ok");
  const isReady = (need: Need): boolean => !failed.some(({ neededFor }) => neededFor.includes(need));
  const ready = { run: isReady("run"), start: isReady("start") };
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ ok: failed.length === 0, ready, checks: findings })}\n`);
  } else {
    process.stdout.write(`${[...findings.map(line), "", conclusion(ready)].join("\n")}\n`);
  }
  return failed.length === 0 ? 0 : 1;
}

async function lookAtAll(): Promise<Finding[]> {
  const { config, problem, isAppWrong } = readSoundConfig(environmentWithApp());
  const scratch = openScratch(config.dataDir);
  const checks: Check[] = [
    { name: "Environment", neededFor: both, look: async () => sound(problem) },
    { name: "Node", neededFor: both, look: lookAtNode },
    { name: "git", neededFor: both, look: lookAtGit },
    { name: "Docker and sandbox image", neededFor: both, look: () => lookAtDocker(config) },
    { name: "Known escapes", neededFor: both, look: () => lookAtEscapes(config) },
    {
      name: "Data folder",
      neededFor: ["start"],
      look: async () => `${config.dataDir}${(await scratch).isOld ? "" : " will be made at the first start"}`,
    },
    {
      name: "Database",
      neededFor: ["start"],
      look: async () => {
        if (config.databasePath.startsWith(config.dataDir)) await scratchFolder();
        return lookAtDatabase(config.databasePath);
      },
    },
    { name: "Redis", neededFor: ["start"], look: () => lookAtRedis(config, scratchFolder) },
    {
      name: "GitHub App",
      neededFor: ["start"],
      look: async () => {
        if (isAppWrong) throw new Skipped("its variables are wrong, see above");
        return lookAtApp(config);
      },
    },
    { name: "Webhooks", neededFor: ["start"], look: () => lookAtWebhooks(config) },
    { name: "Model", neededFor: both, look: () => lookAtModels(config, { seconds }) },
  ];
  async function scratchFolder(): Promise<string> {
    const { directory } = await scratch.catch(() => {
      throw new Skipped("it needs the data folder");
    });
    return directory;
  }
  try {
    return await Promise.all(checks.map((check) => look(check, { seconds })));
  } finally {
    await scratch.then((one) => one[Symbol.asyncDispose]()).catch(() => {});
  }
}

const both: readonly Need[] = ["run", "start"];

function sound(problem: Error | null): string {
  if (problem !== null) throw problem;
  return "every variable that is set can be read";
}

function line({ name, status, detail, mend, warnings }: Finding): string {
  const marks = { ok: ["green", "ok  "], failed: ["red", "FAIL"], skipped: ["yellow", "–   "] } as const;
  const [colour, mark] = marks[status];
  const [first = "", ...rest] = detail.split("\n");
  const more = [...rest, ...(mend === null ? [] : [mend])].map((text) => `\n      ${text.trim()}`);
  const words = status === "skipped" ? `not looked at: ${first}` : first;
  const notes = warnings.map((text) => `\n${styleText("yellow", "warn")}  ${text}`);
  return `${styleText(colour, mark)}  ${name}: ${words}${more.join("")}${notes.join("")}`;
}

function conclusion(ready: Record<Need, boolean>): string {
  if (ready.run && ready.start) return "Everything that Handback needs is there.";
  if (ready.run) return "`handback run` can work here; `handback start` not yet.";
  if (ready.start) return "`handback start` can work here; `handback run` not yet.";
  return "Neither `handback run` nor `handback start` can work here yet.";
}
