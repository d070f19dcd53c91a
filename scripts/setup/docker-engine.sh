# A Docker engine that answers: the one that is there, or Debian's, started. Never a second one beside a live one.

ensure_docker_engine() {
  if docker_answers; then return; fi
  local said
  said=$(docker version 2>&1 >/dev/null || true)
  if [[ $said = *"ermission denied"* ]]; then
    fail "A Docker engine runs here but does not answer this user: run 'sudo usermod -aG docker $(id -un)', log in again, then run bin/setup again."
  fi
  if [ -n "${DOCKER_HOST:-}" ]; then
    fail "No Docker engine answers at DOCKER_HOST=$DOCKER_HOST: start it or unset DOCKER_HOST, then run bin/setup again."
  fi
  if [ "$(uname -s)" != Linux ]; then
    fail "The Docker engine does not answer: start Docker Desktop (or 'colima start'), then run bin/setup again."
  fi
  if [ "$(id -u)" != 0 ]; then
    fail "The Docker engine does not run: run '$(start_command)', then run bin/setup again."
  fi
  if ! command -v dockerd >/dev/null; then need_packages docker.io; fi
  say "Docker engine"
  start_docker_engine
  wait_for_docker_engine
}

docker_answers() {
  [ -n "$(docker version --format '{{.Server.Version}}' 2>/dev/null)" ]
}

start_command() {
  if [ -d /run/systemd/system ]; then echo "sudo systemctl start docker"; else echo "sudo bin/setup"; fi
}

start_docker_engine() {
  if [ -d /run/systemd/system ] && systemctl cat docker.service >/dev/null 2>&1; then
    systemctl start docker >> "$build/setup.log" 2>&1 9>&- || true
    return
  fi
  # Left by an engine that was killed; its number may belong to another program by now, which dockerd takes for itself.
  local pid_file=/var/run/docker.pid
  if [ -f "$pid_file" ] && [ "$(cat "/proc/$(< "$pid_file")/comm" 2>/dev/null)" != dockerd ]; then rm -f "$pid_file"; fi
  setsid nohup dockerd >> "$dockerd_log" 2>&1 9>&- &
}

dockerd_log=/var/log/handback-dockerd.log

wait_for_docker_engine() {
  local tries
  for ((tries = 0; tries < 240; tries++)); do
    if docker_answers; then return; fi
    sleep 0.25
  done
  local said
  said=$(grep -E 'level=(error|fatal)|failed' "$dockerd_log" 2>/dev/null | tail -n 1 | cut -c 1-300 || true)
  fail "The Docker engine did not answer within 60 s (${said:-it said nothing}): see $dockerd_log, start an engine by hand, then run bin/setup again."
}
