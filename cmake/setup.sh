#!/usr/bin/env bash
# Installs the Debian packages that building needs and are missing, then FAISS (get-faiss.sh).
# Root or sudo is used where there is something to install; without either it prints the exact
# command and stops with exit 3. Quiet and quick (one dpkg-query) when nothing is missing.
#
#   cmake/setup.sh [--dev]      --dev adds what ./check needs besides
set -euo pipefail

packages=(
    gcc g++ cmake ninja-build pkg-config
    liblmdb-dev libzstd-dev libyaml-dev libjpeg-dev libpng-dev libdeflate-dev libwebp-dev librsvg2-dev
    libsndfile1-dev libsoxr-dev libkissfft-dev libarchive-dev libutf8proc-dev libstemmer-dev
    libpcre2-dev libjansson-dev libmicrohttpd-dev libxxhash-dev libssl-dev libopenblas-dev liblapacke-dev
    libcmocka-dev dpkg-dev patch ca-certificates jq
)
packages_dev=(git binutils)
# The layout check wants exactly this version; where a release lacks it, ./check skips that check.
! grep -q '^VERSION_CODENAME=bookworm' /etc/os-release 2>/dev/null || packages_dev+=(clang-format-14)

say() { printf 'setup: %s\n' "$*" >&2; }

# A package counts as there when it, or one that provides it, is installed.
missing_packages() {
    local installed package
    installed=" $(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' |
        sed -n 's/^installed //p' | tr -s ',\n' '  ') "
    for package in "${packages[@]}"; do
        [[ $installed == *" $package "* ]] || echo "$package"
    done
}

# Runs apt, with a line every five seconds of what it is at; on failure shows what it said last.
run_apt() {
    local line last=$SECONDS log rc=0
    log=$(mktemp)
    "$@" 2>&1 | tee "$log" | while read -r line; do
        [ $((SECONDS - last)) -ge 5 ] || continue
        last=$SECONDS
        say "${line:0:70}"
    done || { rc=1; tail -n 5 "$log" >&2; }
    rm -f "$log"
    return $rc
}

install_packages() {
    local apt=(apt-get)
    if [ "$(id -u)" != 0 ]; then
        # -n: a script must not stop at a password that nobody is there to type.
        if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
            apt=(sudo DEBIAN_FRONTEND=noninteractive apt-get)
        else
            say "these packages are missing, and installing them needs root. Please run:"
            printf 'apt-get install --no-install-recommends %s\n' "$*" >&2
            exit 3
        fi
    fi
    say "installing $*"
    export DEBIAN_FRONTEND=noninteractive
    local install=("${apt[@]}" -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends "$@")
    # A machine that has never run update knows no packages yet; one that has saves the time.
    if ! apt-get -s install --no-install-recommends "$@" >/dev/null 2>&1 || ! run_apt "${install[@]}"; then
        say "refreshing the package lists"
        run_apt "${apt[@]}" -q update ||
            say "the package lists could not all be refreshed; going on with those that are there"
        run_apt "${install[@]}" || {
            say "the packages could not be installed (see above). Please run:"
            printf 'apt-get install --no-install-recommends %s\n' "$*" >&2
            exit 3
        }
    fi
}

# Does the system's FAISS serve, or must get-faiss.sh build one? A quick guess; CMake's link test
# (FindFaissC.cmake) decides.
need_faiss() {
    [ -z "${FEATCACHE_FAISS_DIR:-}" ] || return 1
    local lib
    for lib in /usr/lib/*/libfaiss_c.* /usr/local/lib/libfaiss_c.*; do
        # Debian's is the one known to be built without SIMD.
        [ ! -e "$lib" ] || dpkg-query -S "$lib" >/dev/null 2>&1 || return 1
    done
    return 0
}

case ${1:-} in
--dev) packages+=("${packages_dev[@]}") ;;
'') ;;
*) say "no option '$1'; usage: setup.sh [--dev]"; exit 2 ;;
esac

command -v dpkg-query >/dev/null || {
    say "this is not Debian or a relative of it; install by hand: ${packages[*]}"
    exit 3
}
mapfile -t missing < <(missing_packages)
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
! need_faiss || "$(dirname "$0")/get-faiss.sh"
