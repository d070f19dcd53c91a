import type Docker from "dockerode";
import { z } from "zod";
import { inEngineWords } from "./docker-failure.ts";
import { readEngineVersion, type EngineVersion } from "./engine-version.ts";
import type { EngineComponent } from "./known-escapes.ts";

/** What Docker says of itself, as far as the walls of a sandbox depend on it. */
export interface EngineFacts {
  readonly components: readonly ({ readonly component: EngineComponent } & EngineVersion)[];
  /** Names for SANDBOX_RUNTIME. */
  readonly runtimes: readonly string[];
  readonly defaultRuntime: string;
  /** Root in a container is nobody on the host. */
  readonly hasUserNamespaces: boolean;
}

/** Throws SandboxError when Docker does not answer. */
export async function readEngine(docker: Docker): Promise<EngineFacts> {
  const [said, about] = await inEngineWords(Promise.all([docker.version(), docker.info()]), { image: "" });
  const version = versionAnswer.parse(said);
  const info = infoAnswer.parse(about);
  const named = version.Components.flatMap(({ Name, Version, Details }) => {
    const component = componentNames[Name.toLowerCase()];
    const read = readEngineVersion(Version, Details?.GitCommit ?? "");
    return component === undefined || read === null ? [] : [{ component, ...read }];
  });
  return {
    components: named,
    runtimes: Object.keys(info.Runtimes),
    defaultRuntime: info.DefaultRuntime,
    hasUserNamespaces: info.SecurityOptions.some((option) => /^name=(?:userns|rootless)\b/.test(option)),
  };
}

const componentNames: Readonly<Record<string, EngineComponent>> = {
  engine: "docker",
  containerd: "containerd",
  runc: "runc",
};

const versionAnswer = z.object({
  Components: z
    .array(
      z.object({
        Name: z.string(),
        Version: z.string(),
        Details: z.object({ GitCommit: z.string().optional() }).nullish(),
      }),
    )
    .nullish()
    .transform((all) => all ?? []),
});

const infoAnswer = z.object({
  Runtimes: z
    .record(z.string(), z.unknown())
    .nullish()
    .transform((all) => all ?? {}),
  DefaultRuntime: z.string().default("runc"),
  SecurityOptions: z
    .array(z.string())
    .nullish()
    .transform((all) => all ?? []),
});
