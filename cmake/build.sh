#!/usr/bin/env bash
# Configures (where needed) and builds one preset, with a line every few seconds while it lasts.
#
#   cmake/build.sh PRESET [TARGET...]
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3
preset=${1:?usage: build.sh PRESET [TARGET...]}
shift
build="build/$preset"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ ! -e "$build/build.ninja" ]; then
    echo "configuring $build"
    # A half-configured folder remembers what it did not find.
    rm -rf "$build/CMakeCache.txt" "$build/CMakeFiles"
    cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
fi

begin=$SECONDS last=$SECONDS
NINJA_STATUS='%f/%t ' ninja -C "$build" "$@" 2>&1 | tee "$log" |
    while read -r line; do
        [[ $line == [0-9]*/* ]] && [ $((SECONDS - last)) -ge 5 ] || continue
        last=$SECONDS
        printf 'building %s: %s files, %d s\n' "$build" "${line%% *}" $((SECONDS - begin))
    done || {
    # Compiler messages, without the lines of what went well.
    grep -vE '^[0-9]+/[0-9]+ (Building|Linking|Creating)' "$log" | tail -n 60 >&2
    exit 1
}
[ $((SECONDS - begin)) -lt 5 ] || printf 'built %s in %d s\n' "$build" $((SECONDS - begin))
