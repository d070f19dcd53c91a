import { readFileSync } from "node:fs";
import path from "node:path";
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import { parse } from "yaml";

const file = path.join(import.meta.dirname, "../../../compose.yaml");

/** The value of a service's key in compose.yaml, after variables were put in. */
type Value = string | number | boolean | string[] | Record<string, unknown>;

/**
 * What `docker compose up` asks the engine for to make the container of a service, for machines without compose. `variables`
 * are those of `.env`, which `env_file` gives to the container as well. A key that is not known here throws: nothing in
 * compose.yaml is left out in silence. `ports`, `networks` and the order of services are left to the caller.
 */
export function composedContainer(
  service: string,
  variables: Readonly<Record<string, string>>,
): ContainerCreateOptions & { HostConfig: HostConfig } {
  const { services } = parse(readFileSync(file, "utf8"), { merge: true }) as {
    services: Record<string, Record<string, Value>>;
  };
  const settings = Object.entries(services[service] ?? {}).map(
    ([key, value]) => [key, withVariables(value, variables)] as const,
  );
  const options: ContainerCreateOptions & { HostConfig: HostConfig } = { HostConfig: {} };
  // As compose does: what stands under `environment` wins over `env_file`.
  for (const [key, value] of settings.toSorted(
    ([a], [b]) => Number(b === "env_file") - Number(a === "env_file"),
  )) {
    const apply = keys[key];
    if (apply === undefined) throw new Error(`compose.yaml: ${service}.${key} is not translated here`);
    apply(options, value as never, variables);
  }
  return options;
}

type Apply = (
  options: ContainerCreateOptions & { HostConfig: HostConfig },
  value: never,
  variables: Readonly<Record<string, string>>,
) => void;

const keys: Readonly<Record<string, Apply>> = {
  build: () => undefined,
  depends_on: () => undefined,
  networks: () => undefined,
  ports: () => undefined,
  image: (options, value: string) => void (options.Image = value),
  user: (options, value: string) => void (options.User = value),
  entrypoint: (options, value: string[]) => Object.assign(options, { Entrypoint: value, Cmd: [] }),
  command: (options, value: string[]) => void (options.Cmd = value),
  env_file: (options, _value: unknown, variables) => addEnvironment(options, variables),
  environment: (options, value: Record<string, string>) => addEnvironment(options, value),
  stop_grace_period: (options, value: string) => void (options.StopTimeout = seconds(value)),
  healthcheck: (options, value: Healthcheck) => {
    options.Healthcheck = {
      Test: value.test,
      Interval: seconds(value.interval) * 1e9,
      Timeout: seconds(value.timeout) * 1e9,
      StartPeriod: seconds(value.start_period) * 1e9,
    };
  },
  restart: ({ HostConfig }, value: string) => void (HostConfig.RestartPolicy = { Name: value }),
  network_mode: ({ HostConfig }, value: string) => void (HostConfig.NetworkMode = value),
  group_add: ({ HostConfig }, value: string[]) => void (HostConfig.GroupAdd = value),
  security_opt: ({ HostConfig }, value: string[]) => void (HostConfig.SecurityOpt = value),
  cap_add: ({ HostConfig }, value: string[]) => void (HostConfig.CapAdd = value),
  cap_drop: ({ HostConfig }, value: string[]) => void (HostConfig.CapDrop = value),
  init: ({ HostConfig }, value: boolean) => void (HostConfig.Init = value),
  read_only: ({ HostConfig }, value: boolean) => void (HostConfig.ReadonlyRootfs = value),
  tmpfs: ({ HostConfig }, value: string[]) => {
    HostConfig.Tmpfs = Object.fromEntries(
      value.map((mount) => [mount.split(":")[0] ?? "", mount.split(":")[1] ?? ""]),
    );
  },
  volumes: ({ HostConfig }, value: string[]) => void (HostConfig.Binds = value),
};

interface Healthcheck {
  readonly test: string[];
  readonly interval: string;
  readonly timeout: string;
  readonly start_period: string;
}

function addEnvironment(options: ContainerCreateOptions, more: Readonly<Record<string, string>>): void {
  const names = new Set(Object.keys(more));
  const kept = (options.Env ?? []).filter((line) => !names.has(line.split("=")[0] ?? ""));
  options.Env = [...kept, ...Object.entries(more).map(([name, value]) => `${name}=${value}`)];
}

/** `${NAME:-default}`, `${NAME:?what is missing}`, and `$$` for a dollar sign, everywhere in a value. */
function withVariables<T>(value: T, variables: Readonly<Record<string, string>>): T {
  if (typeof value === "string") return interpolate(value, variables) as T;
  if (Array.isArray(value)) return value.map((one: unknown) => withVariables(one, variables)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withVariables(one as unknown, variables)]),
  ) as T;
}

function interpolate(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /\$\$|\$\{(\w+)(?::([-?])([^}]*))?\}/g,
    (whole, name: string | undefined, kind: string | undefined, rest = "") => {
      if (name === undefined) return "$";
      const given = variables[name] ?? "";
      if (given !== "") return given;
      if (kind === "?") throw new Error(`${name} ${rest}`);
      return rest as string;
    },
  );
}

function seconds(text: string): number {
  const found = /^(\d+)s$/.exec(text);
  if (!found) throw new Error(`compose.yaml: ${text} is not a number of seconds`);
  return Number(found[1]);
}
