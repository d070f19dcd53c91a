/** What the hook below is told about the push, through its environment. */
export type PushRules = {
  /** Full names of the refs that refuse pushes, one a line. */
  LOCAL_GITHUB_PROTECTED: string;
  /** "yes" when the pusher may change workflow files. */
  LOCAL_GITHUB_WORKFLOWS: "yes" | "no";
  /** How GitHub names the pusher in the refusal: "a GitHub App". */
  LOCAL_GITHUB_PUSHER: string;
};

/**
 * Runs once for each ref of a push, before the ref moves: the place where GitHub, too, refuses. The words are those
 * that GitHub prints, because the people and programs at the other end know them.
 */
export const updateHook = `#!/bin/sh
ref="$1"
old="$2"
new="$3"
zero=0000000000000000000000000000000000000000

if printf '%s\\n' "$LOCAL_GITHUB_PROTECTED" | grep -Fxq -- "$ref"; then
  echo "error: GH006: Protected branch update failed for $ref." >&2
  echo "error: Changes must be made through a pull request." >&2
  exit 1
fi
[ "$new" = "$zero" ] && exit 0

if [ "$LOCAL_GITHUB_WORKFLOWS" != yes ]; then
  file=$(git log --format= --name-only --diff-filter=AMRC "$new" --not --all -- .github/workflows | head -n 1)
  if [ -n "$file" ]; then
    echo "refusing to allow $LOCAL_GITHUB_PUSHER to create or update workflow \\\`$file\\\` without \\\`workflows\\\` permission" >&2
    exit 1
  fi
fi

large=$(git rev-list --objects "$new" --not --all |
  git cat-file --batch-check='%(objecttype) %(objectsize) %(rest)' |
  awk '$1 == "blob" && $2 > 104857600 { $1 = ""; print; exit }')
if [ -n "$large" ]; then
  set -- $large
  size="$1"
  shift
  echo "error: File $* is $((size / 1048576)).00 MB; this exceeds GitHub's file size limit of 100.00 MB" >&2
  echo "error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com." >&2
  exit 1
fi
exit 0
`;
