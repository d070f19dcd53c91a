import { chmod, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { SandboxError } from "../errors.ts";
import { AUTHORITY_FILE } from "./docker-limits.ts";
import { ownAuthority } from "./egress-authority.ts";

/** Parent of all folders of sandboxes. */
export function foldersIn(stateDirectory: string): string {
  return join(stateDirectory, "egress");
}

/** What is mounted into a sandbox besides its mirror: sockets of the host's, the certificate to trust, and a note of who took it out of a pool. */
export class SandboxFolder {
  readonly path: string;
  readonly #parent: string;

  constructor(stateDirectory: string, id: string) {
    this.#parent = foldersIn(stateDirectory);
    this.path = join(this.#parent, id);
  }

  get channelSocket(): string {
    return join(this.path, "channel.sock");
  }

  get proxySocket(): string {
    return join(this.path, "proxy.sock");
  }

  async make(): Promise<void> {
    const longest = this.channelSocket;
    if (Buffer.byteLength(longest) > 107) {
      throw new SandboxError("sandbox.path_too_long", `${longest} is too long for a socket's name`, {
        mend: "Choose a state directory with a shorter path (at most 70 characters).",
      });
    }
    // The parent stays closed to other users of this machine; Docker mounts the folder itself.
    await mkdir(this.#parent, { recursive: true, mode: 0o700 });
    await mkdir(this.path);
    await chmod(this.path, 0o755);
    await writeFile(join(this.path, AUTHORITY_FILE), ownAuthority().certificate);
    await chmod(join(this.path, AUTHORITY_FILE), 0o644);
  }

  /** For a sweep: the labels of a container that waited in a pool cannot tell who has it. The sandbox's user cannot read it. */
  async noteTaker(taker: Taker): Promise<void> {
    await writeFile(join(this.path, TAKER_FILE), JSON.stringify(taker), { mode: 0o600 });
  }

  /** null: nobody has taken it, or is just about to. */
  async taker(): Promise<Taker | null> {
    const text = await readFile(join(this.path, TAKER_FILE), "utf8").catch(() => "");
    try {
      return Taker.parse(JSON.parse(text));
    } catch {
      return null;
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

const TAKER_FILE = "taker.json";
type Taker = z.infer<typeof Taker>;
const Taker = z.object({ runId: z.string(), epoch: z.number() });
