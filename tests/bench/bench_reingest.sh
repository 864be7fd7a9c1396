#!/usr/bin/env bash
# Re-ingest of unchanged files against `find -printf`, which also asks the system for every name,
# size and time. Alternates the two, everything warm, and compares medians.
#
#     bench_reingest.sh FEATCACHE [FILES [ROUNDS [DIR]]]
#
# Default: 100,000 small text files, 100 a folder, two levels deep; 5 rounds; under ${TMPDIR:-/tmp}.
set -euo pipefail
export LC_ALL=C
[ $# -ge 1 ] && [ -x "$1" ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
featcache=$(realpath "$1")
files=${2:-100000} rounds=${3:-5}
work=$(mktemp -d "${4:-${TMPDIR:-/tmp}}/fc-reingest-XXXXXX")
trap 'rm -rf "$work"' EXIT

make_files() {
    seq 0 $(((files - 1) / 100)) | awk -v top="$work/source" \
        '{ printf "%s/%02d/%02d%c", top, int($1 / 100), $1 % 100, 0 }' | xargs -0 mkdir -p
    awk -v top="$work/source" -v n="$files" 'BEGIN {
        split("red green blue small large old new quiet loud round flat warm cold wild tame", a)
        split("bird owl horse train house tree river stone lamp boat garden cloud child dog wheel", b)
        for (i = 0; i < n; i++) {
            d = int(i / 100)
            f = sprintf("%s/%02d/%02d/text%06d.txt", top, int(d / 100), d % 100, i)
            printf "a %s %s and a %s, number %d\n", a[i % 15 + 1], b[int(i / 15) % 15 + 1], \
                b[int(i / 225) % 15 + 1], i > f
            close(f)
        }
    }'
}

# Runs a command; wall seconds and processor seconds (user and system) go to the files $1.*.
timed() {
    local name=$1 wall cpu
    shift
    TIMEFORMAT='%R %U %S'
    { time "$@" >"$work/out" 2>"$work/err"; } 2>"$work/time" ||
        { cat "$work/err" >&2; echo "FAILED: $*" >&2; exit 1; }
    read -r wall cpu <<<"$(awk '{ print $1, $2 + $3 }' "$work/time")"
    echo "$wall" >>"$work/$name.wall"
    echo "$cpu" >>"$work/$name.cpu"
}

median() { sort -n "$1" | awk '{ x[NR] = $1 } END { print x[int((NR + 1) / 2)] }'; }

ingest() { "$featcache" ingest "$work/store" "$work/source" --dataset d --encoder builtin/hashtext --progress=never --json; }
walk() { find "$work/source" -printf '%p %s %T@\n'; }

make_files
# A file that is not older than the scan may change unseen in the same tick: it would be read again.
sleep 1.1
timed first ingest
echo "first ingest: $files files in $(median "$work/first.wall") s"
walk >/dev/null
ingest >/dev/null
for ((i = 0; i < rounds; i++)); do
    timed find walk
    timed again ingest
    grep -q '"encoded": *0[,}]' "$work/out" || { cat "$work/out" >&2; echo "FAILED: files were encoded again" >&2; exit 1; }
done

model=$(sed -n 's/^model name[^:]*: //p;T;q' /proc/cpuinfo)
echo "$model, $(nproc) cores, load $(cut -d' ' -f1 /proc/loadavg); $files unchanged files, medians of $rounds"
for name in find again; do
    echo "$name $(median "$work/$name.wall") $(median "$work/$name.cpu")"
done | awk -v n="$files" '
    { wall[$1] = $2; cpu[$1] = $3 }
    function line(what, k) { printf "%-14s %8.3f s wall %10.0f files/s %8.3f s on the processor\n", what, wall[k], n / wall[k], cpu[k] }
    END {
        line("find -printf", "find")
        line("re-ingest", "again")
        printf "re-ingest runs at %.2f of the rate of find (aim: 0.50)\n", wall["find"] / wall["again"]
    }'
