#!/usr/bin/env bash
# Fetches ONNX Runtime, which runs neural encoders, into
# ${XDG_CACHE_HOME:-~/.cache}/featcache/onnxruntime/: include/onnxruntime_c_api.h, which the build
# needs, and lib/libonnxruntime.so, which the program loads when a card has a model. Prints that
# folder. Needs no root, installs nothing, and does nothing when both are there.
#
#   cmake/get-onnxruntime.sh [--print-dir]
#
# Where the distribution has the package libonnxruntime-dev (Debian 13 and later), installing that is
# simpler: the build and the program find it by themselves. Else the library is the one inside the
# PyPI wheel `onnxruntime`, and the header that of Debian 13's libonnxruntime-dev, unpacked. The API
# only grows: a library that is newer than the header serves it.
set -euo pipefail

suite=trixie # the Debian release whose archive has the header
cache="${XDG_CACHE_HOME:-$HOME/.cache}/featcache"
target="$cache/onnxruntime"
work=

say() { printf 'get-onnxruntime: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 3
}

# The archive this machine already uses: one whose path is .../debian/.
archive_uri() {
    local known
    known=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        grep -E '/debian/?$' | head -n 1)
    [ -n "$known" ] ||
        known=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
            grep -v '^#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1)
    echo "${known% }"
}

# apt-get with a private source list, its own lists and its own cache.
fetch_header() {
    local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null ||
        die "apt-get and dpkg-deb are needed to fetch the header; or put onnxruntime_c_api.h into $target/include"
    uri=$(archive_uri)
    [ -n "$uri" ] || die "no Debian archive in the apt sources; put onnxruntime_c_api.h (API 17 to 21 or newer) into $target/include"
    mkdir -p "$work/lists/partial" "$work/apt/archives/partial" "$work/deb"
    {
        printf 'Types: deb\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite"
        [ ! -e "$keyring" ] || printf 'Signed-By: %s\n' "$keyring"
    } >"$work/header.sources"
    local apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/header.sources" -o Dir::Etc::sourceparts=-
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/apt" -o APT::Sandbox::User=root)
    say "fetching the header from $uri ($suite)"
    "${apt[@]}" update >"$work/log" 2>&1 &&
        (cd "$work/deb" && "${apt[@]}" download libonnxruntime-dev) >>"$work/log" 2>&1 || {
        tail -n 5 "$work/log" >&2
        die "the package libonnxruntime-dev of Debian $suite cannot be had from this machine's archives"
    }
    dpkg-deb -x "$work"/deb/*.deb "$work/unpacked"
    mkdir -p "$work/out/include"
    cp "$(find "$work/unpacked" -name onnxruntime_c_api.h | head -n 1)" "$work/out/include/"
}

# The library out of the wheel for this machine's Python.
fetch_library() {
    local library
    command -v python3 >/dev/null || die "python3 with pip is needed to fetch the wheel onnxruntime"
    say "downloading the wheel onnxruntime (about 20 MB)"
    python3 -m pip download -q --no-deps --only-binary :all: -d "$work/wheel" onnxruntime >"$work/log" 2>&1 || {
        tail -n 5 "$work/log" >&2
        die "the wheel onnxruntime cannot be had: is pip there, and its index reachable?"
    }
    (cd "$work" && python3 -m zipfile -e wheel/*.whl wheel-out)
    library=$(find "$work/wheel-out" -name 'libonnxruntime.so*' | head -n 1)
    [ -n "$library" ] || die "the wheel $(ls "$work/wheel") has no libonnxruntime.so"
    mkdir -p "$work/out/lib"
    cp "$library" "$work/out/lib/libonnxruntime.so"
    cp "$work"/wheel-out/onnxruntime/LICENSE "$work"/wheel-out/onnxruntime/ThirdPartyNotices.txt \
        "$work/out/" 2>/dev/null || true
    basename "$work"/wheel/*.whl >"$work/out/wheel.txt"
}

complete() { [ -s "$target/include/onnxruntime_c_api.h" ] && [ -s "$target/lib/libonnxruntime.so" ]; }

main() {
    if [ "${1:-}" = --print-dir ]; then
        printf '%s\n' "$target"
        return
    fi
    [ $# -eq 0 ] || {
        say "usage: get-onnxruntime.sh [--print-dir]"
        exit 2
    }
    if ! complete; then
        mkdir -p "$cache"
        exec 9>"$cache/onnxruntime.lock"
        flock 9
    fi
    if ! complete; then
        rm -rf "$cache"/onnxruntime-fetch.* # what a killed run left; we hold the lock
        work=$(mktemp -d "$cache/onnxruntime-fetch.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        fetch_header
        fetch_library
        rm -rf "$target"
        mv "$work/out" "$target"
        say "done: $(cat "$target/wheel.txt")"
    fi
    printf '%s\n' "$target"
}

main "$@"
