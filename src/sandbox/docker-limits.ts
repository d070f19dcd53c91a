import { join } from "node:path";
import type { ContainerCreateOptions, HostConfig } from "dockerode";
import { MIRROR, WORKSPACE } from "../../sandbox/protocol.ts";
import { FIRST_PROCESS_FOLDER, firstProcess } from "./first-process.ts";
import { seccompProfile } from "./seccomp-profile.ts";
import type { SandboxLimits } from "./sandbox.ts";

/** uid and gid of `agent` in the image. */
const AGENT = 10001;
const MB = 1024 * 1024;

/** In the egress directory: the certificate of whoever opens TLS on the way out, in PEM. */
export const AUTHORITY_FILE = "authority.pem";
/**
 * It stands in the place of the image's list of authorities, where every client of Debian's looks; those that look elsewhere are
 * told by the environment. The list itself is not missed: nothing but the way out can be reached.
 */
export const TRUSTED = "/etc/ssl/certs/ca-certificates.crt";

/**
 * The one place where a container's rights are written down. Its input has no field for a privilege, a device, a
 * network, another mount, or another user, so that none can be asked for by mistake.
 *
 * Files live in memory (sized tmpfs), which the kernel counts with the processes' memory; so the container's limit is
 * the sum of both, and a full disk says ENOSPC instead of killing somebody.
 */
export function containerOptions(options: {
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  limits: Omit<SandboxLimits, "minutes">;
  mirror: string;
  egressDirectory: string;
  firstProcessDirectory: string;
  runtime?: string | undefined;
}): ContainerCreateOptions {
  const { limits } = options;
  const authority = join(options.egressDirectory, AUTHORITY_FILE);
  const memory = (limits.memoryMb + limits.diskMb) * MB;
  // CgroupnsMode is missing from dockerode's types.
  const rights: HostConfig & { CgroupnsMode: "private" } = {
    NetworkMode: "none",
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges", `seccomp=${seccompProfile()}`],
    Privileged: false,
    ReadonlyRootfs: true,
    PidsLimit: limits.pids,
    Memory: memory,
    MemorySwap: memory,
    NanoCpus: Math.round(limits.cpus * 1e9),
    Ulimits: [
      { Name: "nofile", Soft: 4096, Hard: 4096 },
      { Name: "core", Soft: 0, Hard: 0 },
    ],
    IpcMode: "private",
    CgroupnsMode: "private",
    Init: true,
    OomScoreAdj: 500,
    RestartPolicy: { Name: "no" },
    AutoRemove: false,
    // Its last words, should it end; whatever a command prints there, no more stays on the host's disk.
    LogConfig: { Type: "json-file", Config: { "max-size": "16k", "max-file": "1" } },
    Tmpfs: temporaryFileSystems(limits.diskMb),
    Mounts: [
      { Type: "bind", Source: options.mirror, Target: MIRROR, ReadOnly: true },
      { Type: "bind", Source: options.egressDirectory, Target: "/run/handback", ReadOnly: true },
      { Type: "bind", Source: authority, Target: TRUSTED, ReadOnly: true },
      { Type: "bind", Source: options.firstProcessDirectory, Target: FIRST_PROCESS_FOLDER, ReadOnly: true },
    ],
    ...(options.runtime === undefined ? {} : { Runtime: options.runtime }),
  };
  return {
    name: options.name,
    Image: options.image,
    Entrypoint: [...firstProcess],
    Cmd: [],
    // The image's own would run beside the first process, unseen.
    Healthcheck: { Test: ["NONE"] },
    Labels: { ...options.labels },
    Hostname: "sandbox",
    User: `${AGENT}:${AGENT}`,
    WorkingDir: WORKSPACE,
    OpenStdin: false,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    Tty: false,
    HostConfig: rights,
  };
}

/** Of the disk, for the repository. */
export const workspaceShare = 0.5;

/** The rest in halves: for caches in the home folder, and for /tmp, which holds commands' output. */
function temporaryFileSystems(diskMb: number): Record<string, string> {
  const sized = (share: number, rest: string) => {
    const size = Math.max(1, Math.floor(diskMb * share));
    // A file costs the kernel about 1 KB besides its pages; more disk may hold more of them.
    const files = Math.max(500_000, size * 512);
    return `rw,nosuid,nodev,size=${size}m,nr_inodes=${files},${rest}`;
  };
  return {
    [WORKSPACE]: sized(workspaceShare, `exec,uid=${AGENT},gid=${AGENT},mode=0755`),
    "/home/agent": sized(0.25, `exec,uid=${AGENT},gid=${AGENT},mode=0755`),
    "/tmp": sized(0.25, "exec,mode=1777"),
  };
}
