#!/usr/bin/env bash
# label: soak
# One million inline texts with --memory 256M: the program's own memory (RssAnon; pages of the mapped
# store belong to the system's cache) stays below that, whatever the size of the data set.
set -uo pipefail
n=${FC_TEXTS:-1000000}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
awk -v n="$n" 'BEGIN {
    split("red green blue small large old new quiet loud round flat warm cold wild tame", a)
    split("bird owl horse train house tree river stone lamp boat garden cloud child dog wheel", b)
    split("in the garden|by the river|on a hill|under the old bridge|near our house|at night", c, "|")
    print "id,text,split"
    for (i = 0; i < n; i++)
        printf "t%07d,\"a %s %s %s, number %d\",%s\n", i, a[i % 15 + 1], b[int(i / 15) % 15 + 1],
            c[int(i / 225) % 6 + 1], i, i % 10 ? "train" : "test"
}' >"$work/texts.csv"

"$FEATCACHE" ingest "$work/store" "$work/texts.csv" --dataset texts --encoder builtin/hashtext --memory 256M \
    --progress=never --json >"$work/report.json" &
pid=$!
peak=0
while kill -0 $pid 2>/dev/null; do
    now=$(awk '/^RssAnon/ { print $2 }' /proc/$pid/status 2>/dev/null)
    [ "${now:-0}" -gt $peak ] && peak=$now
    sleep 0.1
done
wait $pid
rc=$?
cat "$work/report.json"
[ $rc -eq 0 ] || { echo "FAILED: ingest exits $rc"; exit 1; }
grep -q "\"samples\": *$n" "$work/report.json" || { echo "FAILED: not $n samples"; exit 1; }
echo "$n texts: peak of the program's own memory $((peak / 1024)) MiB with --memory 256M"
[ $peak -lt $((256 * 1024)) ] || { echo "FAILED: over 256 MiB"; exit 1; }
begin=$(date +%s%N)
"$FEATCACHE" ingest "$work/store" "$work/texts.csv" --dataset texts --encoder builtin/hashtext --memory 256M \
    --progress=never --json || exit 1
echo "again, nothing to do: $((($(date +%s%N) - begin) / 1000000)) ms"
