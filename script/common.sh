# Shared by the scripts of this folder: sourced, not run.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
KINGLET_CACHE="${KINGLET_CACHE:-$PWD/.cache}"

say() { printf '\033[1m==> %s\033[0m\n' "$*"; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# Runs a step and prints how long it took: timed NAME COMMAND...
timed() {
  local name=$1 started=$SECONDS status=0
  shift
  say "$name"
  "$@" || status=$?
  printf '    %s: %s in %d s\n' "$name" "$([ $status = 0 ] && echo done || echo FAILED)" $((SECONDS - started))
  return $status
}

# quietly LOG COMMAND... keeps what a command prints in a file, and shows it where it fails.
quietly() {
  mkdir -p "$(dirname "$1")"
  "${@:2}" > "$1" 2>&1 || { tail -n 60 "$1"; return 1; }
}

# need_packages PACKAGE=TEST... installs the Debian packages whose test command fails, where this
# runs as root; else prints the line to run, and fails.
need_packages() {
  local missing=() entry
  for entry in "$@"; do
    bash -c "${entry#*=}" >/dev/null 2>&1 || missing+=("${entry%%=*}")
  done
  [ ${#missing[@]} = 0 ] && return
  command -v apt-get >/dev/null ||
    fail "missing: ${missing[*]}. These are Debian's names; install them with this system's package manager."
  if [ "$(id -u)" != 0 ]; then
    fail "missing: ${missing[*]}. Run: sudo apt-get install -y ${missing[*]}"
  fi
  say "installing ${missing[*]}"
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null 2>&1 || {
    apt-get update -qq >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  } || fail "apt-get could not install ${missing[*]}"
}

# stale STAMP FILES...: whether FILES differ from what `stamp` recorded.
stale() { [ "$(cat "$1" 2>/dev/null)" != "$(fingerprint "${@:2}")" ]; }
stamp() { mkdir -p "$(dirname "$1")" && fingerprint "${@:2}" > "$1"; }
fingerprint() {
  { node --version; find "${@}" -type f -print0 | sort -z | xargs -0 sha256sum; } | sha256sum | cut -d' ' -f1
}
