# Node 24 and the npm packages. An older Node on the machine stays as it is: ours goes to .toolchain, where bin/node finds it.

toolchain=$root/.toolchain
modules_stamp=$root/node_modules/.handback-lock

node_is_here() {
  our_node >/dev/null || node_is_new "$(node --version 2>/dev/null)"
}

# node_is_new v24.1.0
node_is_new() {
  local major=${1#v}
  major=${major%%.*}
  [[ $major =~ ^[0-9]+$ ]] && [ "$major" -ge 24 ]
}

# Prints the folder of the Node that this script brought.
our_node() {
  local bin
  for bin in "$toolchain"/node_modules/node-linux-{x64,arm64}/bin; do
    if [ -x "$bin/node" ]; then echo "$bin"; return; fi
  done
  return 1
}

use_our_node() {
  local bin
  if bin=$(our_node); then PATH=$bin:$PATH; fi
}

ensure_node() {
  if ! command -v npm >/dev/null; then need_packages nodejs npm; fi
  if node_is_here; then return; fi
  local architecture
  if [ "$(uname -s)" != Linux ] || ! architecture=$(node_architecture); then
    fail "Node 24 or newer is needed and there is $(node --version 2>/dev/null || echo none): install it from https://nodejs.org, then run bin/setup again."
  fi
  say "Node 24 into .toolchain (this machine has $(node --version 2>/dev/null || echo none))"
  # Whole or not at all: it gets its place only when it is complete.
  local coming=$build/toolchain
  rm -rf "$toolchain" "$coming"
  run_logged "npm could not fetch Node 24" "see that npm reaches its registry" \
    npm install --prefix "$coming" --no-save --ignore-scripts --no-audit --no-fund --loglevel=error "node-linux-$architecture@24"
  mv "$coming" "$toolchain"
}

modules_are_here() {
  [ -f "$modules_stamp" ] && [ "$(< "$modules_stamp")" = "$(hash_of package-lock.json)" ]
}

ensure_modules() {
  if modules_are_here; then return; fi
  # Somebody who installed a package by hand has them all already: npm's own list in node_modules says so.
  if ! node scripts/setup/modules-match-lock.ts; then
    say "npm packages"
    rm -f "$modules_stamp"
    run_logged "npm could not install the packages" "see that npm reaches its registry and that the disk has room" \
      npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
  fi
  hash_of package-lock.json > "$modules_stamp"
}

# One hash of the files named, contents and names.
hash_of() {
  if command -v sha256sum >/dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi | {
    if [ $# -eq 1 ]; then read -r hash _; echo "$hash"; else cat; fi
  }
}
