#!/usr/bin/env bash
# Checks of the tracked files and of the library's symbols, for ./check. One line a check:
# `passed|failed|skipped NAME: detail`; what is wrong stands above it.
#
#   cmake/check-sources.sh BUILD_FOLDER
set -uo pipefail
cd "$(dirname "$0")/.." || exit 3
build=${1:?usage: check-sources.sh BUILD_FOLDER}

# Without git (an unpacked archive) every file that a checkout would have counts.
tracked() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files -z -- "$@" | while IFS= read -r -d '' f; do [ -f "$f" ] && printf '%s\0' "$f"; done
    else
        local args=() pattern
        for pattern in "$@"; do args+=(-o -name "$pattern"); done
        find . -path ./build -prune -o -type f \( "${args[@]:1}" \) -print0
    fi
}

result() { # NAME PROBLEMS
    if [ -n "$2" ]; then
        printf '%s\nfailed %s\n' "$2" "$1"
    else
        printf 'passed %s\n' "$1"
    fi
}

check_layout() {
    local tool problems
    for tool in clang-format-14 clang-format ''; do
        [ -n "$tool" ] || { echo "skipped layout: clang-format 14 is not installed"; return; }
        "$tool" --version 2>/dev/null | grep -q 'version 14\.' && break
    done
    problems=$(tracked '*.c' '*.h' | xargs -0 -r "$tool" --dry-run -Werror 2>&1 |
        grep 'error:' | cut -d: -f1 | sort | uniq -c | head -n 20)
    result layout "${problems:+not as clang-format 14 lays it out; run clang-format -i on:
$problems}"
}

# No file of the project may name a place on one machine.
check_paths() {
    local problems
    problems=$(tracked '*' | xargs -0 -r grep -nIE '(^|[^A-Za-z0-9_.}-])/(work|root|home/[a-z]+)/' /dev/null 2>/dev/null |
        cut -c1-160 | head -n 20)
    result paths "${problems:+these lines name a path of one machine:
$problems}"
}

# One name, one file: a reader who sees `fc_reader.c` in a message must find one.
check_names() {
    local problems
    problems=$(tracked 'src/*.c' 'src/*.h' | xargs -0 -r -n 1 basename | sort | uniq -d)
    result names "${problems:+these file names are used twice under src/:
$problems}"
}

# What the include paths cannot enforce: a library's header is included in its stage only, a path
# with `..` would walk around the flow, and the tools know the public headers only.
check_includes() {
    local problems
    problems=$(
        while read -r folder header; do
            tracked 'src/*.c' 'src/*.h' 'tools/*.c' 'tools/*.h' | grep -zv "^\(\./\)\?$folder/" |
                xargs -0 -r grep -nE "^#include [<\"]($header)" /dev/null |
                sed "s|\$|  (only $folder may)|"
        done <<'END'
src/store lmdb\.h
src/codec zstd
src/config yaml\.h
src/decode (jpeglib\.h|jerror\.h|png\.h|libdeflate\.h|webp/|sndfile\.h)
tools/svg (librsvg/|cairo)
src/preprocess (libstemmer|soxr)
src/\(preprocess\|tokenizer\) utf8proc
src/tokenizer pcre2\.h
src/dataset archive
src/runtime onnxruntime
src/index faiss/
tools microhttpd
src/core (openssl/|xxh)
END
        tracked 'src/*.c' 'src/*.h' 'include/*.h' 'tools/*.c' 'tools/*.h' |
            xargs -0 -r grep -nE '^#include "\.\./' /dev/null
        tracked 'tools/*.c' 'tools/*.h' | xargs -0 -r grep -nE '^#include [<"]fc_' /dev/null
    )
    result includes "${problems:+these includes go against the flow:
$problems}"
}

# Nothing leaves the library but fc_ (public) and, in the static one, fc__ (internal).
check_symbols() {
    if grep -qE '^CMAKE_C_FLAGS:.*sanitize|^FEATCACHE_(COVERAGE|FUZZ):.*=ON' "$build/CMakeCache.txt"; then
        echo "skipped symbols: this build carries the instrumentation's own"
        return
    fi
    local shared static
    [ -e "$build/src/libfeatcache.so" ] || { echo "failed symbols: no library in $build"; return; }
    shared=$(nm -D --defined-only "$build/src/libfeatcache.so" 2>&1 | awk '$3 !~ /^fc_[a-z]/ { print $3 }')
    static=$(nm -g --defined-only "$build/src/libfeatcache.a" 2>&1 |
        awk 'NF == 3 && $3 !~ /^fc__?[a-z]/ { print $3 }')
    result symbols "${shared:+exported by libfeatcache.so without the prefix fc_:
$shared}${static:+defined by libfeatcache.a without the prefix fc_ or fc__:
$static}"
}

check_layout
check_paths
check_names
check_includes
check_symbols
