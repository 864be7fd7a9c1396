#!/usr/bin/env bash
# label: soak
# Ten thousand samples ingested one at a time, then compact: the same digests as one ingest of them all,
# and at most 1.05 times its bytes, of the whole data.mdb. Once that one ingest is compacted too, its blocks
# have to compare as well; the file then does not, by the rows of ten thousand data-set versions that it has
# not got: the ratio is printed. FC_SAMPLES sets another number (tests/flow/one_at_a_time_quick.sh).
set -uo pipefail
n=${FC_SAMPLES:-10000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/source"
quiet=(--dataset d --encoder builtin/hashtext --progress=never)

for ((i = 0; i < n; i++)); do
    echo "text number $i about thing $((i * 7919 % 1009)) and thing $((i * 31 % 97))" \
        >"$work/source/$(printf '%05d' $i).txt"
    "$FEATCACHE" ingest "$work/one" "$work/source" "${quiet[@]}" >"$work/out" 2>&1 ||
        { cat "$work/out"; echo "FAILED: ingest $i"; exit 1; }
done
"$FEATCACHE" ingest "$work/all" "$work/source" "${quiet[@]}" >"$work/out" 2>&1 || exit 1
ingested=$(stat -c %s "$work/all/data.mdb")
"$FEATCACHE" compact "$work/one" --progress=never >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
"$FEATCACHE" compact "$work/all" --progress=never >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }
"$FEATCACHE" verify "$work/one" --full --progress=never >"$work/out" 2>&1 || { cat "$work/out"; exit 1; }

# Digests of the newest version; one by one there are n versions, in one go there is one.
newest() { "$FEATCACHE" stat "$1" --json | python3 -c '
import json, sys
v = json.load(sys.stdin)["datasets"][0]["versions"][-1]
print(v["count"], v["digest"], sorted((c["output"], c["count"], c["digest"]) for c in v["coverage"]))'; }
one=$(newest "$work/one") all=$(newest "$work/all")
echo "$all"
[ -n "$all" ] && [ "$one" = "$all" ] || { echo "FAILED: digests differ: $one"; exit 1; }

blocks() { "$FEATCACHE" stat "$1" --json | python3 -c '
import json, sys
print(sum(o["bytes_stored"] for e in json.load(sys.stdin)["encoders"] for o in e["outputs"]))'; }
file=$(stat -c %s "$work/one/data.mdb") compacted=$(stat -c %s "$work/all/data.mdb")
a=$(blocks "$work/one") b=$(blocks "$work/all")
awk -v n="$n" -v f="$file" -v i="$ingested" -v c="$compacted" -v a="$a" -v b="$b" 'BEGIN {
    printf "%d samples: one at a time and compacted %d bytes, one ingest %d: %.3f of it (aim 1.05)\n", n, f, i, f / i
    printf "that one compacted too: %d, %.3f of it; blocks %d against %d, %.3f\n", c, f / c, a, b, a / b
    exit f > 1.05 * i || a > 1.05 * b }' || { echo "FAILED: over 1.05 times the bytes"; exit 1; }
