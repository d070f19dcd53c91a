# How bin/setup speaks: progress and failures on stderr, so that a program's own output stays clean.

spoke=false

say() {
  spoke=true
  printf 'setup: %s\n' "$*" >&2
}

# fail <one sentence that holds the mend>
fail() {
  printf 'setup: %s\n' "$*" >&2
  exit 1
}

# run_logged <what went wrong, if it does> <mend> command...
run_logged() {
  local what=$1 mend=$2 before
  shift 2
  before=$(wc -l < "$build/setup.log")
  printf '$ %s\n' "$*" >> "$build/setup.log"
  if "$@" >> "$build/setup.log" 2>&1 9>&-; then return; fi
  fail "$what ($(last_words "$before")); $mend, then run bin/setup again. All it said is in .build/setup.log."
}

# The line that most likely says why, from what was logged after line $1.
last_words() {
  local said
  said=$(tail -n "+$(($1 + 2))" "$build/setup.log" | tr -d '\r' | sed 's/\x1b\[[0-9;]*m//g' | grep -v '^[[:space:]]*$' || true)
  { grep -iE '(^|[^a-z])(error|err!|e:|failed|cannot|denied|no space)' <<< "$said" | grep -v 'complete log of this run' || printf '%s\n' "$said"; } |
    tail -n 1 | cut -c 1-240
}
