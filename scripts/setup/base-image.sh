# Makes handback-base:local, the image under all others: Debian 12 with Node 24, npm and this machine's extra
# certificate authorities. From the registry's Node image where that can be had, else from Debian's and npm's packages.
# Sourced by bin/setup; uses its say, fail, run_logged.

node_image=node:24-bookworm-slim
base_image=handback-base:local

make_base_image() {
  base_work=$build/base
  rm -rf "$base_work"
  mkdir -p "$base_work/certs"
  copy_certificates "$base_work/certs"
  if pull_node_image; then
    say "base image: $node_image, with this machine's certificates"
    printf '%s\n' "ARG NODE_IMAGE" 'FROM ${NODE_IMAGE}' "COPY certs/ /usr/local/share/ca-certificates/" > "$base_work/Dockerfile"
    run_logged "The base image could not be built from $node_image" "see that the disk has room" \
      docker build --force-rm --tag "$base_image" --label "handback.base=$1" --build-arg "NODE_IMAGE=$node_image" "$base_work"
  else
    say "base image: $node_image cannot be pulled here; making it from Debian's packages (about a minute)"
    make_base_from_packages "$1"
  fi
  rm -rf "$base_work"
}

# A registry that does not answer is given up after 20 s; one that has begun to send may take its time.
pull_node_image() {
  local log=$build/pull.log waited=0
  docker pull "$node_image" > "$log" 2>&1 9>&- &
  local pull=$!
  while kill -0 "$pull" 2>/dev/null; do
    if [ "$waited" -ge 600 ] || { [ "$waited" -ge 40 ] && ! grep -q "Pulling from" "$log"; }; then
      kill "$pull" 2>/dev/null || true
      break
    fi
    sleep 0.5
    waited=$((waited + 1))
  done
  wait "$pull" 2>/dev/null
}

make_base_from_packages() {
  command -v mmdebstrap >/dev/null || need_packages mmdebstrap
  local npm_dir=$base_work/npm node_dir architecture
  architecture=$(node_architecture) || fail "The base image can be made on x86-64 and arm64 only. Make the image $node_image available to Docker."
  node_dir=$root/.toolchain/node_modules/node-linux-$architecture
  if [ ! -x "$node_dir/bin/node" ]; then
    run_logged "npm could not fetch Node 24 for the base image" "see that npm reaches its registry" \
      npm install --prefix "$base_work/toolchain" --no-save --ignore-scripts --no-audit --no-fund "node-linux-$architecture@24"
    node_dir=$base_work/toolchain/node_modules/node-linux-$architecture
  fi
  run_logged "npm could not fetch npm for the base image" "see that npm reaches its registry" \
    npm pack --silent --pack-destination "$base_work" npm@11
  mkdir -p "$npm_dir"
  tar -xzf "$base_work"/npm-*.tgz -C "$npm_dir" --strip-components=1
  chmod 755 "$npm_dir"/bin/*-cli.js

  cat > "$base_work/fill" <<FILL
#!/bin/sh
set -eu
mkdir -p "\$1/usr/local/lib/node_modules" "\$1/usr/local/include"
cp "$node_dir/bin/node" "\$1/usr/local/bin/node"
cp -r "$node_dir/include/node" "\$1/usr/local/include/node"
cp -r "$npm_dir" "\$1/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "\$1/usr/local/bin/npm"
ln -s ../lib/node_modules/npm/bin/npx-cli.js "\$1/usr/local/bin/npx"
cp -r "$base_work/certs/." "\$1/usr/local/share/ca-certificates/"
chroot "\$1" update-ca-certificates
# Images are made whole or not at all: waiting for the disk after every file would only cost time.
echo force-unsafe-io > "\$1/etc/dpkg/dpkg.cfg.d/unsafe-io"
rm -rf "\$1"/var/cache/apt/*.bin "\$1"/var/log/*.log "\$1"/var/log/apt
FILL
  chmod +x "$base_work/fill"
  run_logged "Debian's packages could not be put together into a base image" "see that apt-get reaches its servers and that the disk has room" \
    mmdebstrap --quiet --variant=minbase --format=tar --include=ca-certificates \
      --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
      --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
      --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
      --customize-hook="$base_work/fill" bookworm "$base_work/base.tar"
  run_logged "Docker did not take the base image in" "see that the disk has room" \
    docker import --change "LABEL handback.base=$1" --change 'CMD ["node"]' "$base_work/base.tar" "$base_image"
}

copy_certificates() {
  local certificate
  for certificate in /usr/local/share/ca-certificates/*.crt; do
    [ -e "$certificate" ] && cp "$certificate" "$1/"
  done
  return 0
}

node_architecture() {
  case $(uname -m) in
    x86_64 | amd64) echo x64 ;;
    aarch64 | arm64) echo arm64 ;;
    *) return 1 ;;
  esac
}
