# What comes from the system's package manager: git, redis-server, the Docker engine. As root on an apt system they are
# installed; anywhere else the exact command is printed.

packages_are_here() {
  [ -z "$(missing_packages)" ]
}

ensure_packages() {
  local missing
  missing=$(missing_packages)
  # shellcheck disable=SC2086  # a list of plain words
  if [ -n "$missing" ]; then need_packages $missing; fi
}

missing_packages() {
  local missing=""
  command -v git >/dev/null || missing+=" git"
  command -v redis-server >/dev/null || missing+=" redis-server"
  command -v docker >/dev/null || missing+=" docker.io"
  echo "${missing# }"
}

# need_packages <Debian's names>...
need_packages() {
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    fail "$(list_in_words "$@") missing on this machine: $(install_command "$@"), then run bin/setup again."
  fi
  say "Debian packages: $*"
  if [ -z "${packages_listed:-}" ]; then
    # A source that does not answer is no harm while the others have what is wanted: the installation tells.
    apt-get update -qq >> "$build/setup.log" 2>&1 9>&- || true
    packages_listed=true
  fi
  local wanted=("$@")
  # Where the kernel has AppArmor on, containers start only with its parser; Debian merely recommends it.
  if [[ " $* " = *" docker.io "* ]]; then
    wanted+=(iptables ca-certificates)
    if [ "$(cat /sys/module/apparmor/parameters/enabled 2>/dev/null)" = Y ]; then wanted+=(apparmor); fi
    # Debian 13 has the command apart from the engine.
    if apt-cache show docker-cli >/dev/null 2>&1; then wanted+=(docker-cli); fi
  fi
  # RUNLEVEL keeps a fresh redis-server from starting as a service: Handback starts its own.
  DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 run_logged "apt-get could not install $*" "see that apt-get reaches its servers" \
    apt-get install -y -qq --no-install-recommends -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "${wanted[@]}"
  hash -r
}

list_in_words() {
  local last=${*: -1}
  if [ $# -eq 1 ]; then echo "$1 is"; else echo "${*:1:$#-1} and $last are"; fi
}

install_command() {
  if command -v apt-get >/dev/null; then
    echo "run 'sudo apt-get update && sudo apt-get install -y --no-install-recommends $*'"
  elif command -v dnf >/dev/null; then
    echo "run 'sudo dnf install -y $(in_other_words "$*" redis-server redis docker.io moby-engine)'"
  elif command -v pacman >/dev/null; then
    echo "run 'sudo pacman -S --needed $(in_other_words "$*" redis-server redis docker.io docker)'"
  elif command -v apk >/dev/null; then
    echo "run 'sudo apk add $(in_other_words "$*" redis-server redis docker.io docker)'"
  elif command -v brew >/dev/null; then
    echo "run 'brew install $(in_other_words "$*" redis-server redis docker.io 'docker colima')'"
  else
    echo "install $(in_other_words "$*" docker.io Docker) in this system's way"
  fi
}

# in_other_words <text> <word> <its name here>...
in_other_words() {
  local text=$1
  shift
  while [ $# -gt 0 ]; do
    text=${text//$1/$2}
    shift 2
  done
  echo "$text"
}
