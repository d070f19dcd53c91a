import type { Finding } from "../run/results.ts";
import type { ExecResult, Sandbox } from "../sandbox/sandbox.ts";

/** Each finding with how its command ended in this sandbox, which is left clean: on the commit under review, and on the base. */
export async function rerunEvidence<T extends { readonly finding: Finding }>(
  candidates: readonly T[],
  options: { sandbox: Sandbox; headSha: string; baseSha: string; signal: AbortSignal },
): Promise<T[]> {
  const { sandbox, headSha, baseSha, signal } = options;
  const onHead: T[] = [];
  for (const candidate of candidates) {
    const { evidence } = candidate.finding;
    if (evidence === null) {
      onHead.push(candidate);
      continue;
    }
    await takeBack(sandbox, headSha, signal);
    const ran = await run(sandbox, evidence.command, signal);
    const again = { exitCode: ran.exitCode, isSame: endOf(ran.exitCode) === endOf(evidence.exitCode) };
    onHead.push(withEvidence(candidate, { ...evidence, again }));
  }
  const toCompare = onHead.filter(({ finding }) => failedAgain(finding));
  if (toCompare.length === 0 || !(await checkOutBase(sandbox, { headSha, baseSha, signal }))) {
    if (onHead.some(({ finding }) => finding.evidence !== null)) await takeBack(sandbox, headSha, signal);
    return onHead;
  }
  const compared: T[] = [];
  for (const candidate of onHead) {
    const { evidence } = candidate.finding;
    if (evidence === null || !failedAgain(candidate.finding)) {
      compared.push(candidate);
      continue;
    }
    await takeBack(sandbox, "HEAD", signal);
    const ran = await run(sandbox, evidence.command, signal);
    const isSame = ran.exitCode === evidence.exitCode && saysTheSame(ran.output, evidence.output);
    compared.push(withEvidence(candidate, { ...evidence, atBase: { exitCode: ran.exitCode, isSame } }));
  }
  await takeBack(sandbox, headSha, signal);
  return compared;
}

/** What the host saw fail by itself. */
function failedAgain({ evidence }: Finding): boolean {
  return evidence?.again?.isSame === true && evidence.exitCode !== 0;
}

/** Passed, failed or killed: which code a failure has may depend on the machine. */
function endOf(exitCode: number | null): "passed" | "failed" | "killed" {
  if (exitCode === null) return "killed";
  return exitCode === 0 ? "passed" : "failed";
}

function withEvidence<T extends { readonly finding: Finding }>(
  candidate: T,
  evidence: Finding["evidence"],
): T {
  return { ...candidate, finding: { ...candidate.finding, evidence } };
}

async function run(
  sandbox: Sandbox,
  command: string,
  signal: AbortSignal,
): Promise<{ exitCode: number | null; output: string }> {
  const ended: ExecResult = await sandbox.exec(command, { timeoutMs: evidenceTimeoutMs, signal });
  signal.throwIfAborted();
  return { exitCode: ended.exitCode, output: ended.preview };
}

/** A clean checkout again; what is ignored stays, which is where set-up keeps what it installed. */
async function takeBack(sandbox: Sandbox, commit: string, signal: AbortSignal): Promise<void> {
  await sandbox.exec('git checkout --quiet --force --detach "$COMMIT" && git clean -fdq', {
    env: { COMMIT: commit },
    signal,
  });
  signal.throwIfAborted();
}

/** In the same place, so that what is installed and absolute paths hold. false: the base is not there. */
async function checkOutBase(
  sandbox: Sandbox,
  options: { headSha: string; baseSha: string; signal: AbortSignal },
): Promise<boolean> {
  const command =
    'git checkout --quiet --force --detach "$(git merge-base "$BASE" "$HEAD_SHA" || echo "$BASE")"';
  const env = { BASE: options.baseSha, HEAD_SHA: options.headSha };
  const done = await sandbox.exec(command, { env, signal: options.signal });
  options.signal.throwIfAborted();
  return done.exitCode === 0;
}

/** Times, addresses, line numbers and hashes differ from run to run. */
function saysTheSame(one: string, other: string): boolean {
  return stable(one) === stable(other);
}

function stable(output: string): string {
  return output
    .replaceAll(/\(no output\)/g, "")
    .replaceAll(/0x[0-9a-f]+|\b[0-9a-f]{7,40}\b/gi, "#")
    .replaceAll(/\b\d+(?:\.\d+)? ?(?:ms|s|seconds?|minutes?)\b/g, "#")
    .replaceAll(/:\d+(?::\d+)?\b/g, ":#")
    .replaceAll(/\s+/g, " ")
    .trim();
}

/** As long as a reviewer's own commands may take unless it asks for more. */
const evidenceTimeoutMs = 120_000;
