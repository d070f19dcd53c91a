import { readdirSync } from "node:fs";
import { join } from "node:path";
import Docker from "dockerode";
import { expect, onTestFinished } from "vitest";
import { installationLabel } from "../../src/sandbox/docker-sweep.ts";
import type { DockerSandboxes, DockerSandboxesOptions } from "../../src/sandbox/docker-sandboxes.ts";
import { SandboxPool, type SandboxPoolOptions } from "../../src/sandbox/sandbox-pool.ts";
import type { Sandbox, SandboxSpec } from "../../src/sandbox/sandbox.ts";
import { sampleRepository } from "./sample-repository.ts";
import { dockerSandboxes, sandboxSpec } from "./start-sandbox.ts";
import { watched, type WatchedSandboxes } from "./watched-sandboxes.ts";

export interface OpenPool {
  readonly pool: SandboxPool;
  readonly sandboxes: WatchedSandboxes;
  /** Until the end of the test. */
  start(overrides?: Partial<SandboxSpec>): Promise<Sandbox>;
  /** One that was taken from a pool of one, while another waits for the next time. */
  startTwice(overrides?: Partial<SandboxSpec>): Promise<{ cold: Sandbox; taken: Sandbox }>;
}

export interface SeenContainer {
  readonly Id: string;
  /** The sandbox's. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly isOfPool: boolean;
  readonly image: string;
}

/** An installation of its own on this machine's Docker, with a repository. */
export class PoolWorld implements Disposable {
  readonly docker = new Docker();
  readonly sample = sampleRepository({ "README.md": "# Sample\n", "src/ünï code.txt": "ö\n" });
  readonly state = join(this.sample.root, "state");

  /** A pool on real containers, which are all gone after the test. */
  open(
    options: Partial<SandboxPoolOptions> & {
      docker?: Partial<DockerSandboxesOptions>;
      fitAnswer?: (isFit: boolean) => Promise<boolean>;
    } = {},
  ): OpenPool {
    const { docker: dockerOptions, fitAnswer, ...own } = options;
    const sandboxes = watched(this.worker(dockerOptions), fitAnswer);
    const pool = new SandboxPool({ sandboxes, size: 1, ...own });
    onTestFinished(async () => {
      await pool[Symbol.asyncDispose]();
      expect(await this.containers()).toEqual([]);
      expect(this.folders()).toEqual([]);
    });
    const start = async (overrides: Partial<SandboxSpec> = {}) => {
      const sandbox = await pool.start(sandboxSpec(this.sample, overrides));
      onTestFinished(() => sandbox[Symbol.asyncDispose]());
      return sandbox;
    };
    const startTwice = async (overrides: Partial<SandboxSpec> = {}) => {
      const cold = await start(overrides);
      await sandboxes.warmed(1);
      const taken = await start(overrides);
      await sandboxes.warmed(2);
      return { cold, taken };
    };
    return { pool, sandboxes, start, startTwice };
  }

  /** Another one of the same installation. */
  worker(options: Partial<DockerSandboxesOptions> = {}): DockerSandboxes {
    return dockerSandboxes(this.sample, options);
  }

  /** The oldest first. */
  async containers(): Promise<SeenContainer[]> {
    const label = [`handback.installation=${installationLabel(this.state)}`];
    const found = await this.docker.listContainers({ all: true, filters: { label } });
    return found.toReversed().map(({ Id, Names, State, Labels, ImageID }) => ({
      Id,
      id: Labels["handback.id"] ?? "",
      name: Names[0]?.slice(1) ?? "",
      state: State,
      isOfPool: Labels["handback.pool"] === "yes",
      image: ImageID,
    }));
  }

  async waiting(): Promise<SeenContainer[]> {
    return (await this.containers()).filter(({ name }) => /^handback-pool-[0-9a-f]{12}$/.test(name));
  }

  async isFromPool(sandbox: Sandbox): Promise<boolean> {
    return (await this.containers()).find(({ id }) => id === sandbox.id)?.isOfPool ?? false;
  }

  /** Of sandboxes, on the host. */
  folders(): string[] {
    return readdirSync(join(this.state, "egress"));
  }

  [Symbol.dispose](): void {
    this.sample[Symbol.dispose]();
  }
}

/** Looks again for a while. */
export const soon = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 10_000 });
