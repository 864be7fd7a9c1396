#!/usr/bin/env bash
# Builds FAISS 1.7.3 with its C API and SIMD, once, from Debian's own source package, into
# ${XDG_CACHE_HOME:-~/.cache}/featcache/faiss-1.7.3-2-<arch>/ (static libraries and headers).
#
#   cmake/get-faiss.sh [--arch ARCH] [--print-dir]
#
# ARCH is what `c++ -march=` takes; the default is x86-64-v3 (AVX2 and FMA) where this CPU has it,
# else the compiler's baseline under the name `generic`. FindFaissC.cmake looks in the same place.
# Debian's libfaiss-dev lacks the C API symbols and is built without SIMD, 2 to 11 times slower.
# The system's apt configuration is read, never changed; nothing is installed; no root is needed.
set -euo pipefail

version=1.7.3-2
suite=bookworm # the Debian release whose archive holds that version
cache="${XDG_CACHE_HOME:-$HOME/.cache}/featcache"
work=

say() { printf 'get-faiss: %s\n' "$*" >&2; }
die() {
    say "$*"
    exit 3
}

default_arch() {
    local need='avx avx2 bmi1 bmi2 f16c fma abm movbe' flag flags
    [ "$(uname -m)" = x86_64 ] || { echo generic; return; }
    flags=" $(grep -m1 '^flags' /proc/cpuinfo | cut -d: -f2) "
    for flag in $need; do
        case $flags in *" $flag "*) ;; *) echo generic; return ;; esac
    done
    echo x86-64-v3
}

# The archive this machine already uses: one whose path is .../debian/, our suite first. Before the
# first `apt-get update` apt knows no archive yet, so the source lists are the second place to look.
archive_uri() {
    local known
    known=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
        awk -v s="$suite" '$2 ~ /\/debian\/?$/ { if ($1 == s) ours = $2; else other = $2 }
                           END { print (ours ? ours : other) }')
    [ -n "$known" ] ||
        known=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
            grep -v '^#' | grep -oE 'https?://[^ ]+/debian/?( |$)' | head -n 1)
    echo "${known% }"
}

# apt-get source with a private source list, its own lists and its own cache.
fetch_source() {
    local uri keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    uri=$(archive_uri)
    [ -n "$uri" ] || die "no Debian archive in the apt sources; add one, or put an installed FAISS with C API and SIMD in place"
    mkdir -p "$work/lists/partial" "$work/apt/archives/partial" "$work/src"
    {
        printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\n' "$uri" "$suite"
        [ ! -e "$keyring" ] || printf 'Signed-By: %s\n' "$keyring"
    } >"$work/faiss.sources"
    local apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/faiss.sources" -o Dir::Etc::sourceparts=-
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/apt" -o APT::Sandbox::User=root)
    say "fetching the source package faiss $version from $uri"
    "${apt[@]}" update >"$work/log" 2>&1 &&
        (cd "$work/src" && "${apt[@]}" source "faiss=$version") >>"$work/log" 2>&1 || {
        tail -n 15 "$work/log" >&2
        die "the source package could not be fetched (see above): is the archive reachable?"
    }
}

# One compiler needs about 1.2 GB for the largest file; more of them than fit would only swap.
jobs() {
    awk -v n="$(nproc)" '/^MemAvailable/ { m = int($2 / 1200000); if (m < 1) m = 1; print (m < n ? m : n) }' /proc/meminfo
}

# Run ninja and print a line every five seconds: share done, time gone.
build() {
    local line last=-5 begin=$SECONDS
    NINJA_STATUS='%p ' ninja -C "$work/build" -j "$(jobs)" faiss faiss_c 2>&1 | tee "$work/log" |
        while read -r line; do
            [[ $line == [0-9]*%* ]] && [ $((SECONDS - last)) -ge 5 ] || continue
            last=$SECONDS
            printf 'get-faiss: building FAISS:%4s, %d s\n' "${line%% *}" $((SECONDS - begin)) >&2
        done || {
        tail -n 30 "$work/log" >&2
        die "FAISS did not build (see above)"
    }
}

install_into() {
    local src=$1 to=$2 file
    mkdir -p "$to/lib" "$to/include/faiss"
    find "$work/build" -name 'libfaiss.a' -exec cp {} "$to/lib/" \;
    find "$work/build" -name 'libfaiss_c.a' -exec cp {} "$to/lib/" \;
    (cd "$src/faiss" && find . -name '*.h' -not -path './gpu/*' -exec cp --parents {} "$to/include/faiss/" \;)
    mkdir -p "$to/include/faiss/c_api"
    (cd "$src/c_api" && find . -name '*.h' -not -path './gpu/*' -exec cp --parents {} "$to/include/faiss/c_api/" \;)
    cp "$src/LICENSE" "$to/"
    for file in lib/libfaiss.a lib/libfaiss_c.a include/faiss/c_api/Index_c.h; do
        [ -s "$to/$file" ] || die "the build left no $file"
    done
}

main() {
    local arch='' print=no src flags=()
    while [ $# -gt 0 ]; do
        case $1 in
        --arch) arch=${2:?--arch needs a value}; shift ;;
        --print-dir) print=yes ;;
        *) say "no option '$1'; usage: get-faiss.sh [--arch ARCH] [--print-dir]"; exit 2 ;;
        esac
        shift
    done
    arch=${arch:-$(default_arch)}
    local target="$cache/faiss-$version-$arch"
    if [ $print = yes ]; then echo "$target"; return; fi
    [ ! -e "$target/lib/libfaiss_c.a" ] || return 0
    mkdir -p "$cache"
    exec 9>"$cache/faiss.lock"
    if ! flock -n 9; then
        say "another build of FAISS is running; waiting for it"
        flock 9
    fi
    [ ! -e "$target/lib/libfaiss_c.a" ] || return 0
    rm -rf "$cache"/faiss-build.* # what a killed build left; we hold the lock
    local tool
    for tool in apt-get dpkg-source patch c++ cmake ninja flock; do
        command -v $tool >/dev/null || die "$tool is missing; cmake/setup.sh installs what is needed"
    done
    work=$(mktemp -d "$cache/faiss-build.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    fetch_source
    src="$work/src/faiss-${version%-*}"
    [ "$arch" = generic ] || flags=(-DCMAKE_CXX_FLAGS="-march=$arch")
    # `generic` is FAISS's name for its one library; the ISA comes from -march, so that the C API
    # links the same code. OpenBLAS by name: any BLAS that is found would do, at its own speed.
    cmake -S "$src" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release "${flags[@]}" \
        -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DFAISS_OPT_LEVEL=generic \
        -DFAISS_ENABLE_C_API=ON -DFAISS_ENABLE_GPU=OFF -DFAISS_ENABLE_PYTHON=OFF \
        -DBUILD_TESTING=OFF -DBLA_VENDOR=OpenBLAS >"$work/log" 2>&1 || {
        tail -n 20 "$work/log" >&2
        die "FAISS could not be configured (see above)"
    }
    build
    install_into "$src" "$work/out"
    # mktemp's folder is private; the result is as readable as the umask allows.
    rm -rf "$target"
    mv "$work/out" "$target"
    say "FAISS $version ($arch) is in $target"
}

main "$@"
