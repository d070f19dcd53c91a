import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

const root = path.join(import.meta.dirname, "../..");

/** The plain tools that every system has; whatever else a test's machine has is put there by the test. */
const plainTools =
  "bash sh cat sed grep tail head tr cut wc mkdir rm mv cp ln gzip chmod sleep sha256sum dirname readlink uname env tar flock setsid nohup".split(
    " ",
  );

/**
 * A machine made of stand-ins: a clone of this project in a temporary folder and a PATH with nothing but plain tools and the
 * programs that the test names. Every stand-in writes its call to a list; `docker`, `npm` and `apt-get` keep a little state.
 */
export class FreshMachine {
  readonly clone: string;
  readonly #bin: string;
  readonly #state: string;

  constructor({
    has = ["node", "npm", "git", "redis-server", "docker", "engine", "modules"],
    user = "root",
  } = {}) {
    const folder = mkdtempSync(path.join(tmpdir(), "handback-setup-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    this.clone = path.join(folder, "clone");
    this.#bin = path.join(folder, "bin");
    this.#state = path.join(folder, "state");
    for (const made of [this.clone, this.#bin, this.#state]) mkdirSync(made);
    for (const part of ["bin", "scripts/setup", "sandbox", "package.json"]) {
      cpSync(path.join(root, part), path.join(this.clone, part), { recursive: true });
    }
    writeFileSync(path.join(this.clone, "package-lock.json"), packageLock("1.0.0"));
    for (const tool of plainTools) symlinkSync(realPath(tool), path.join(this.#bin, tool));
    this.stub("id", user === "root" ? "echo 0" : `[ "$1" = -un ] && echo ${user} || echo 1000`);
    for (const thing of has) this.add(thing);
  }

  /** Puts a program on the machine, or starts the engine (`engine`), opens the registry (`registry`), installs (`modules`). */
  add(thing: string): void {
    if (thing === "engine" || thing === "registry") this.remember(thing, "");
    else if (thing === "modules") this.installModules();
    else if (thing === "node") symlinkSync(process.execPath, path.join(this.#bin, "node"));
    else this.stub(thing, stubs[thing] ?? "exit 0");
  }

  remember(name: string, text: string): void {
    writeFileSync(path.join(this.#state, name), text);
  }

  stub(name: string, body: string): void {
    const file = path.join(this.#bin, name);
    writeFileSync(
      file,
      `#!${realPath("bash")}\necho "${name} $*" >> "${this.#state}/calls"\nstate="${this.#state}" bin="${this.#bin}"\n${body}\n`,
    );
    chmodSync(file, 0o755);
  }

  /** As somebody who ran `npm install` by hand leaves it. */
  installModules(version = "1.0.0"): void {
    mkdirSync(path.join(this.clone, "node_modules"), { recursive: true });
    writeFileSync(path.join(this.clone, "node_modules/.package-lock.json"), packageLock(version));
  }

  write(file: string, text: string): void {
    writeFileSync(path.join(this.clone, file), text);
  }

  exists(file: string): boolean {
    return existsSync(path.join(this.clone, file));
  }

  /** The calls of stand-ins since the last time this was asked, but for the questions that change nothing. */
  calls(): string[] {
    const file = path.join(this.#state, "calls");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").trim().split("\n");
    rmSync(file);
    return lines.filter((line) => !/^(id|node|docker (version|image inspect)|apt-cache)\b/.test(line));
  }

  /** A program of the clone that ends at once. */
  run(program: string, args: string[]): { exitCode: number | null; said: string } {
    const { status, stdout, stderr } = spawnSync(path.join(this.clone, program), args, {
      encoding: "utf8",
      env: { PATH: this.#bin },
    });
    return { exitCode: status, said: stdout + stderr };
  }

  setup(
    args: string[] = [],
    env: Record<string, string> = {},
  ): Promise<{ exitCode: number | null; said: string }> {
    return new Promise((resolve, reject) => {
      const child = spawn(path.join(this.clone, "bin/setup"), args, {
        env: { PATH: this.#bin, HOME: this.#state, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      onTestFinished(() => void child.kill("SIGKILL"));
      let said = "";
      child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
      child.on("error", reject);
      // Not `close`: an engine that was started goes on.
      child.on("exit", (exitCode) => setImmediate(() => resolve({ exitCode, said })));
    });
  }
}

export function packageLock(version: string): string {
  return JSON.stringify({ packages: { "": {}, "node_modules/left": { version } } });
}

function realPath(tool: string): string {
  const folder = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"].find((at) =>
    existsSync(`${at}/${tool}`),
  );
  if (folder === undefined) throw new Error(`this machine has no ${tool}`);
  return `${folder}/${tool}`;
}

const stubs: Record<string, string> = {
  docker: `
case "$1 \${2:-}" in
  "version "*) if [ -e "$state/engine" ]; then echo 20.10; else cat "$state/engine-error" >&2 2>/dev/null; exit 1; fi ;;
  "image inspect")
    file=$state/image-\${5//[:\\/]/_}
    [ -e "$file" ] || exit 1
    case "$4" in *Id*) echo sha256:of-$5 ;; *) cat "$file" ;; esac ;;
  "image rm") ;;
  "pull "*) if [ -e "$state/registry" ]; then echo "24: Pulling from library/node"; else echo "no such host" >&2; exit 1; fi ;;
  "build "* | "import "*)
    if [ -e "$state/build-error" ]; then cat "$state/build-error"; exit 1; fi
    name="" label="" previous=""
    for word in "$@"; do
      case "$previous" in --tag) name=$word ;; --label) label=\${word#*=} ;; --change) [[ $word = LABEL* ]] && label=\${word#*=} ;; esac
      previous=$word
    done
    [ "$1" = import ] && name=$previous
    echo "$label" > "$state/image-\${name//[:\\/]/_}" ;;
esac`,
  npm: `
if [ -e "$state/npm-error" ]; then cat "$state/npm-error" >&2; mkdir -p node_modules; exit 1; fi
case "$1" in
  ci) sleep 0.3; mkdir -p node_modules; cp package-lock.json node_modules/.package-lock.json ;;
  install)
    bin_dir=$3/node_modules/\${!#}
    bin_dir=\${bin_dir%@*}/bin
    mkdir -p "$bin_dir" "$bin_dir/../include/node"
    ln -s ${JSON.stringify(process.execPath)} "$bin_dir/node" ;;
  pack) mkdir -p "$state/package/bin"; touch() { : > "$1"; }; touch "$state/package/bin/npm-cli.js"; tar -czf "$4/npm-11.tgz" -C "$state" package ;;
esac`,
  "apt-get": `
if [ -e "$state/apt-error" ] && [ "$1" = install ]; then cat "$state/apt-error" >&2; exit 100; fi
if [ "$1" = install ]; then
  for word in "$@"; do
    case "$word" in redis-server | git | mmdebstrap) printf '#!/bin/sh\\necho "%s $*" >> "%s/calls"\\n' "$word" "$state" > "$bin/$word"; chmod 755 "$bin/$word" ;; esac
  done
fi`,
  "apt-cache": "exit 1",
};
