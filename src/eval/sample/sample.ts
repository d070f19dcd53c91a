import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { readConfig, type Config } from "../../config.ts";
import { makeSampleRepository } from "../../demo/sample-repository.ts";
import { startScriptedModel } from "../../demo/scripted-model.ts";
import { folderRemote } from "../../git/git-remote.ts";
import { hostGit } from "../../git/host-git.ts";
import { RunError } from "../../errors.ts";
import type { EvalArguments } from "../eval-arguments.ts";
import { coderAnswer } from "./coder-answer.ts";
import type { KnownAnswer } from "./known-answer.ts";
import { reviewerAnswer } from "./reviewer-answer.ts";

/** A repository with a scripted model whose figures are known: it shows that the measuring measures. */
export interface Sample extends AsyncDisposable {
  readonly config: Config;
  readonly source: string;
  readonly known: KnownAnswer;
}

export async function startSample(what: EvalArguments["what"]): Promise<Sample> {
  const known = what === "coder" ? coderAnswer : reviewerAnswer;
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), "handback-eval-sample-"));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const { gitDir } = await makeSampleRepository({ name: "basket", directory });
  const source = path.join(directory, "basket");
  await hostGit(["clone", "--quiet", "--template=", "--end-of-options", gitDir, source], {
    remote: folderRemote(gitDir),
  });
  const model = await startScriptedModel({ script: known.script });
  started.defer(() => model.close());
  const config = readConfig({
    HANDBACK_DATA: path.join(directory, "data"),
    ANTHROPIC_API_KEY: model.apiKey,
    ANTHROPIC_BASE_URL: model.url,
  });
  process.stderr.write(
    "The sample repository and a scripted model: what it says is written down beforehand.\n",
  );
  const running = started.move();
  return { config, source, known, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

/** Throws RunError `eval.not_the_known_answer`. */
export function requireKnownAnswer(figures: object, known: KnownAnswer): void {
  const found = known.summarise(figures);
  const wanted = JSON.stringify(known.expected);
  if (JSON.stringify(found) === wanted) {
    process.stderr.write("These are the known answers of the sample.\n");
    return;
  }
  throw new RunError(
    "eval.not_the_known_answer",
    `The sample's figures should be ${wanted}, and are ${JSON.stringify(found)}.`,
    {
      mend: "Something measures differently than before: look at the cases above and at the last change of src/eval/.",
    },
  );
}
