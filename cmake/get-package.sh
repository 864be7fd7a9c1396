#!/usr/bin/env bash
# Fetches sample data out of a Debian package: downloaded with apt and unpacked (not installed) into
# ${XDG_CACHE_HOME:-~/.cache}/featcache/KEY. Prints the folder in it that holds the data. Needs no
# root, and does nothing when the folder is there. Exit 3 when the package cannot be had.
#
#   cmake/get-package.sh PACKAGE KEY FOLDER MEGABYTES
set -euo pipefail

package=$1 key=$2 megabytes=$4
cache="${XDG_CACHE_HOME:-$HOME/.cache}/featcache"
target="$cache/$key"
folder="$target/$3"
work=

say() { printf '%s: %s\n' "get-$key" "$*" >&2; }

# A line every few seconds with what has arrived, while the command in the background lasts.
wait_for_download() {
    local pid=$1 begin=$SECONDS last=$SECONDS
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        [ $((SECONDS - last)) -ge 3 ] || continue
        last=$SECONDS
        say "downloading: $(du -sm "$work" | cut -f1) MB, $((SECONDS - begin)) s"
    done
    wait "$pid"
}

# $@: more options for apt-get.
download() {
    (cd "$work" && exec apt-get -qq -o APT::Sandbox::User=root "$@" download "$package") >"$work/log" 2>&1 &
    wait_for_download $! && compgen -G "$work/*.deb" >/dev/null
}

main() {
    if [ ! -d "$folder" ]; then
        command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || {
            say "apt-get and dpkg-deb are needed to fetch the package $package"
            exit 3
        }
        mkdir -p "$cache"
        exec 9>"$cache/$key.lock"
        flock 9
    fi
    if [ ! -d "$folder" ]; then
        rm -rf "$cache/$key"-fetch.* # what a killed run left; we hold the lock
        work=$(mktemp -d "$cache/$key-fetch.XXXXXX")
        trap 'rm -rf "$work"' EXIT
        say "downloading the package $package ($megabytes MB)"
        if ! download; then
            # No package lists yet, or old ones: fetch lists of our own; that needs no root.
            local own=(-o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/apt")
            mkdir -p "$work/lists/partial" "$work/apt/archives/partial"
            say "refreshing a private copy of the package lists"
            apt-get -qq -o APT::Sandbox::User=root "${own[@]}" update >"$work/log" 2>&1 || true
            download "${own[@]}" || {
                tail -n 3 "$work/log" >&2
                say "the package $package cannot be had from this machine's package archives"
                exit 3
            }
        fi
        say "unpacking"
        dpkg-deb -x "$work"/*.deb "$work/out"
        rm -rf "$target"
        mv "$work/out" "$target"
    fi
    printf '%s\n' "$folder"
}

main
