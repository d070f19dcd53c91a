# The image in which agents work, made anew only when its recipe, the base's or the machine's certificates changed.
# Both images carry the hash of what they were made from as a label, which is all that is looked at.

sandbox_image=handback-sandbox:local

sandbox_image_is_here() {
  [ "$(label_of "$sandbox_image" handback.source)" = "$(sandbox_source)" ]
}

ensure_sandbox_image() {
  if sandbox_image_is_here; then return; fi
  local base_hash source
  base_hash=$(base_source)
  if [ "$(label_of "$base_image" handback.base)" != "$base_hash" ]; then replace_image "$base_image" make_base_image "$base_hash"; fi
  say "sandbox image"
  source=$(sandbox_source)
  replace_image "$sandbox_image" make_sandbox_image "$source"
}

make_sandbox_image() {
  run_logged "The sandbox image could not be built" "see that containers start and reach Debian's and npm's servers" \
    docker build --force-rm --tag "$sandbox_image" --label "handback.source=$1" --build-arg "BASE=$base_image" sandbox
}

# What the new image takes the name from goes, unless a container still uses it. Nobody else's images are touched.
replace_image() {
  local image=$1 before
  shift
  before=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null || true)
  "$@"
  if [ -n "$before" ]; then docker image rm "$before" >/dev/null 2>&1 || true; fi
}

label_of() {
  docker image inspect --format "{{index .Config.Labels \"$2\"}}" "$1" 2>/dev/null || true
}

sandbox_source() {
  hash_of sandbox/Dockerfile sandbox/.dockerignore sandbox/gitconfig \
    scripts/setup/base-image.sh /usr/local/share/ca-certificates/*.crt | hash_of -
}

base_source() {
  hash_of scripts/setup/base-image.sh /usr/local/share/ca-certificates/*.crt | hash_of -
}
