import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { gitGuarding } from "../../src/git/git.ts";
import { coderIdentity } from "../../src/git/commit-words.ts";
import { HostSecrets } from "../../src/host-secrets.ts";
import type { RunEvent } from "../../src/run/events.ts";
import { Ladder } from "../../src/run/ladder.ts";
import { defaultSettings } from "../../src/settings/load-settings.ts";
import { makeChange } from "../../src/steps/make-change.ts";
import { renderStatus } from "../../src/steps/status-comment.ts";
import { tryChange, type AskCoder } from "../../src/steps/try-change.ts";
import type { Workbench } from "../../src/steps/workbench.ts";
import { aRun } from "../support/a-run.ts";
import { aTask, agentSurroundings } from "../support/agent-options.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

const token = `ghs_${"n7Kq2VtZ".repeat(4)}`;

/** A coder that runs these commands, one at each asking, and the gate behind it. */
async function aCoder(commands: readonly string[]) {
  const sandbox = await LocalDirectorySandbox.create({ "README.md": "# Shop\n" });
  onTestFinished(() => sandbox[Symbol.asyncDispose]());
  const { name, email } = coderIdentity;
  await sandbox.exec(`git config user.name ${name}; git config user.email ${email}`);
  const { headSha: from } = await sandbox.inspectWork("HEAD");
  const mirror = join(sandbox.workspace, "../mirror.git");
  execFileSync("git", ["clone", "-q", "--bare", sandbox.workspace, mirror]);
  const { budget, signal } = agentSurroundings();
  const events: RunEvent[] = [];
  const artifacts = new Map<string, Uint8Array>();
  const bench = {
    git: gitGuarding(new HostSecrets([token])),
    mirror,
    quarantine: join(sandbox.workspace, "../quarantine"),
    artifacts: { put: async (key: string, bytes: Uint8Array) => void artifacts.set(key, bytes) },
    run: { id: "rtest", epoch: 1 },
    owner: "acme",
    settings: defaultSettings,
    sandboxes: { start: async () => sandbox },
    ladder: new Ladder([], () => events),
    budget,
    again: { rest: "write `/agent fix` on the pull request" },
    emit: async (event: RunEvent) => void events.push(event),
    events: () => events,
  } as unknown as Workbench;
  const asked: (string | null)[] = [];
  const ask: AskCoder = async (_sandbox, { feedback }) => {
    asked.push(feedback?.kind === "refused" ? feedback.reason : (feedback?.kind ?? null));
    await sandbox.exec(commands[asked.length - 1] ?? "true");
    const result = { kind: "changed", title: "T", summary: "", unverified: [], answers: [] } as const;
    return { kind: "finished", result } as unknown as Awaited<ReturnType<AskCoder>>;
  };
  const task = {
    ...aTask({ verify: [] }),
    settings: defaultSettings,
    baseRef: "main",
    baseSha: from,
    setup: [],
  };
  const step = { step: "write-code", task, base: null, from, ask, signal };
  return { bench, step, sandbox, budget, asked, events, artifacts };
}

async function tries(commands: readonly string[]) {
  const { bench, step, sandbox, budget, ...seen } = await aCoder(commands);
  const tried = await tryChange(bench, { ...step, sandbox, failedSetup: null, feedback: null, budget });
  return { tried, ...seen };
}

const leak = `echo ${token} > notes.txt && git add -A && git commit -qm Leak`;

test("a refused change goes back to the coder with file, line and rule, and passes once it is mended", async () => {
  const { tried, asked, events, artifacts } = await tries([
    leak,
    "echo ok > notes.txt && git commit -qa --amend -m Mend",
  ]);
  expect(tried.kind).toBe("changed");
  expect(asked).toEqual([null, expect.stringContaining("`notes.txt` line 1 has what looks like a secret")]);
  expect(JSON.stringify([asked, events])).not.toContain(token);
  expect([...artifacts.keys()]).toEqual(["write-code.bundle"]);
  const words = renderStatus({ run: aRun(), events, conclusion: null });
  expect(words).toContain(
    "#### What was refused\n\n- The coder's change was refused: `notes.txt` line 1 has",
  );
  expect(words).toContain("(rule `quarantine.secret`) Leave it out of every commit, earlier ones too.");
});

test("what a merge of the base branch brings from other people passes, and the owner's teams are not named in it", async () => {
  const { bench, step, sandbox, budget, asked } = await aCoder([
    'git merge -q --no-ff -m "Merge it, as @Acme/owners said" ada',
    'git commit -q --amend -m "Merge it, with @babel/core"',
  ]);
  await sandbox.exec(
    `git checkout -q -b ada && echo x > .gitmodules && git add -A && git commit -qm "Fixes #7" --author "Ada <ada@example.com>" &&
      git push -q ../mirror.git HEAD:main && git checkout -q -`,
  );
  const tried = await tryChange(bench, { ...step, sandbox, failedSetup: null, feedback: null, budget });
  expect(asked).toEqual([null, expect.stringContaining("has an `@` before a name")]);
  expect(tried.kind).toBe("changed");
});

test("it goes back once: a coder that is refused again is not asked a third time, and its commits are not kept", async () => {
  const { tried, asked, events, artifacts } = await tries([
    leak,
    "echo more >> notes.txt; git commit -qam More",
  ]);
  expect(tried).toMatchObject({ kind: "refused", refusal: { code: "quarantine.secret" } });
  expect(asked).toHaveLength(2);
  // The same refusal is told once.
  expect(events.filter(({ type }) => type === "gate.refused")).toHaveLength(1);
  expect(artifacts.size).toBe(0);
});

test("a first change that stays refused ends the run with the reason, and nothing is pushed", async () => {
  const { bench, step } = await aCoder([leak]);
  await expect(makeChange(bench, step)).rejects.toMatchObject({
    code: "quarantine.secret",
    mend: expect.stringContaining("The coder did not manage to, so nothing was pushed"),
  });
});

test("a revision that stays refused is left out, and what was pushed before goes back to the person", async () => {
  const { bench, step } = await aCoder([leak]);
  expect(await makeChange(bench, { ...step, isRevision: true })).toMatchObject({
    kind: "nothing",
    answers: [],
    gaveUp: expect.stringMatching(
      /^The coder's answer to the review was refused and not pushed: `notes\.txt` line 1/,
    ),
  });
});
