import { readConfig, type Config } from "../config.ts";
import { ConfigurationError } from "../errors.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The configuration, and what is wrong with the environment; null when nothing is. What is wrong is left out of the
 * configuration, so that the rest can be looked at.
 */
export function readSoundConfig(env: Environment): {
  config: Config;
  problem: ConfigurationError | null;
  /** Something is set for the App, and it is wrong. */
  isAppWrong: boolean;
} {
  try {
    return { config: readConfig(env), problem: null, isAppWrong: false };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const named = namesIn(error);
    const isAppWrong = named.some((name) => appNames.includes(name));
    // The App's values count only together.
    const left = without(env, isAppWrong ? [...named, ...appNames] : named);
    if (Object.keys(left).length === Object.keys(env).length) throw error;
    const rest = readSoundConfig(left);
    return { config: rest.config, problem: error, isAppWrong: isAppWrong || rest.isAppWrong };
  }
}

const appNames = ["APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_PATH", "WEBHOOK_SECRET"];

/** Each problem begins with its variable's name. */
function namesIn(error: ConfigurationError): string[] {
  const problems = error.fields["problems"];
  if (!Array.isArray(problems)) return [];
  return problems.map((problem) => String(problem).split(":", 1)[0] ?? "");
}

function without(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}
