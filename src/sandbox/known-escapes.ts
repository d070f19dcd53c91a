export type EngineComponent = "docker" | "containerd" | "runc";

export interface KnownEscape {
  readonly id: string;
  readonly component: EngineComponent;
  /** Half-open: `from` is affected (null: the first version ever), `fixedIn` is not. */
  readonly affected: readonly { readonly from: string | null; readonly fixedIn: string }[];
  /** What the hole needs besides a sandbox, and Handback never gives; null: a sandbox or its image is enough. */
  readonly needs: string | null;
  readonly source: string;
  /** The ranges were read elsewhere, or are from memory: not in the source itself. */
  readonly isGuessed?: true;
}

/** When these were last looked up; a hole that was published later is not here. */
export const escapesAsOf = "2026-11-28";

const runc = "https://github.com/opencontainers/runc/security/advisories/";
const containerd = "https://github.com/containerd/containerd/security/advisories/";
const moby = "https://github.com/moby/moby/security/advisories/";

/** The three of November 2025 were mended in three series at once. */
const november2025 = [
  { from: null, fixedIn: "1.2.8" },
  { from: "1.3.0-rc.1", fixedIn: "1.3.3" },
  { from: "1.4.0-rc.1", fixedIn: "1.4.0-rc.3" },
];

/**
 * Ways out of a container that were published for Docker, containerd and runc. Not here: holes of the kernel (its version says
 * nothing on a distribution), of Docker Desktop and of BuildKit (Handback builds nothing), and CVE-2026-41579 of runc, which its
 * advisory calls not exploitable under Docker.
 */
export const knownEscapes: readonly KnownEscape[] = [
  {
    id: "CVE-2019-5736",
    component: "runc",
    affected: [{ from: null, fixedIn: "1.0.0-rc7" }],
    needs: null,
    source: "https://www.openwall.com/lists/oss-security/2019/02/11/2",
    isGuessed: true,
  },
  {
    id: "CVE-2021-30465",
    component: "runc",
    affected: [{ from: null, fixedIn: "1.0.0-rc95" }],
    needs: null,
    source: `${runc}GHSA-c3xm-pvg7-gh7r`,
  },
  {
    id: "CVE-2024-21626",
    component: "runc",
    affected: [{ from: "1.0.0-rc93", fixedIn: "1.1.12" }],
    needs: null,
    source: `${runc}GHSA-xr7r-f8xq-vfvv`,
    isGuessed: true,
  },
  {
    id: "CVE-2025-31133",
    component: "runc",
    affected: november2025,
    needs: null,
    source: `${runc}GHSA-9493-h29p-rfm2`,
  },
  {
    id: "CVE-2025-52565",
    component: "runc",
    affected: november2025,
    needs: null,
    source: `${runc}GHSA-qw9x-cqr3-wc7r`,
  },
  {
    id: "CVE-2025-52881",
    component: "runc",
    affected: november2025,
    needs: null,
    source: `${runc}GHSA-cgrx-mc8f-2prm`,
  },
  {
    id: "CVE-2020-15257",
    component: "containerd",
    affected: [
      { from: null, fixedIn: "1.3.9" },
      { from: "1.4.0", fixedIn: "1.4.3" },
    ],
    needs: "the host's network",
    source: `${containerd}GHSA-36xw-fx78-c5r4`,
    isGuessed: true,
  },
  {
    id: "CVE-2022-23648",
    component: "containerd",
    affected: [
      { from: null, fixedIn: "1.4.13" },
      { from: "1.5.0", fixedIn: "1.5.10" },
      { from: "1.6.0", fixedIn: "1.6.1" },
    ],
    needs: "Kubernetes' interface (CRI)",
    source: `${containerd}GHSA-crp2-qrr5-8pq7`,
    isGuessed: true,
  },
  {
    id: "CVE-2024-40635",
    component: "containerd",
    affected: [
      { from: null, fixedIn: "1.6.38" },
      { from: "1.7.0", fixedIn: "1.7.27" },
      { from: "2.0.0", fixedIn: "2.0.4" },
    ],
    needs: "a user who is taken from the image",
    source: `${containerd}GHSA-265r-hfxg-fhmg`,
  },
  {
    id: "CVE-2019-14271",
    component: "docker",
    affected: [{ from: "19.03.0", fixedIn: "19.03.1" }],
    needs: "a person who uses `docker cp` on a sandbox",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2019-14271",
    isGuessed: true,
  },
  {
    id: "CVE-2024-41110",
    component: "docker",
    affected: [
      { from: "19.03.0", fixedIn: "23.0.15" },
      { from: "24.0.0", fixedIn: "25.0.6" },
      { from: "26.0.0", fixedIn: "26.1.5" },
      { from: "27.0.0", fixedIn: "27.1.1" },
    ],
    needs: "an authorization plugin that the operator relies on",
    source: `${moby}GHSA-v23v-6jw2-98fq`,
    isGuessed: true,
  },
  {
    id: "CVE-2026-34040",
    component: "docker",
    affected: [{ from: null, fixedIn: "29.3.1" }],
    needs: "an authorization plugin that the operator relies on",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2026-34040",
    isGuessed: true,
  },
  {
    id: "CVE-2026-41567",
    component: "docker",
    affected: [{ from: null, fixedIn: "29.5.1" }],
    needs: "a person who uses `docker cp` on a sandbox",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2026-41567",
    isGuessed: true,
  },
  {
    id: "CVE-2026-42306",
    component: "docker",
    affected: [{ from: null, fixedIn: "29.5.1" }],
    needs: "a person who uses `docker cp` on a sandbox",
    source: "https://nvd.nist.gov/vuln/detail/CVE-2026-42306",
    isGuessed: true,
  },
];
