#!/usr/bin/env bash
# label: full
# The 820 OBJ models of Sweet Home 3D, out of their zips by a manifest (cmake/get-furniture.sh has
# fetched them): all are encoded, and the first neighbour is of the same kind - the last word of the
# English name - clearly more often than by chance.
set -uo pipefail
folder=${FC_FURNITURE_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/featcache/furniture/usr/share/sweethome3d/furniture}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "FAILED: $*"; exit 1; }
ls "$folder"/*.sh3f >/dev/null 2>&1 || { echo "SKIPPED: no furniture; fetch it with cmake/get-furniture.sh"; exit 77; }
command -v python3 >/dev/null || { echo "SKIPPED: python3 counts, and it is not installed"; exit 77; }
cd "$work" || exit 3

cp --reflink=auto "$folder"/*.sh3f . || exit 3
perl "$FC_SOURCE_DIR/cmake/furniture-manifest.pl" ./*.sh3f >all.csv || fail "no manifest"
grep -e '^id,' -e '\.obj",' all.csv >furniture.csv
"$FEATCACHE" ingest store furniture.csv --dataset furniture --progress=never --json >ingest.json || fail "ingest"
python3 -c '
import json
o = json.load(open("ingest.json"))
assert o["samples"] == 820 and o["encoded"] + o["reused"] == 820 and o["failed"] == 0, o
print("820 of 820 encoded, %.1f s" % o["seconds"])' || fail "not all 820 are encoded"
"$FEATCACHE" eval store --encoder fpfh --output pooled --label kind --json >eval.json || fail "eval"
sed -n 's/^"\([^"]*\.obj\)",.*/{"id": "furniture\/\1", "k": 1}/p' furniture.csv |
    "$FEATCACHE" query store --batch >answers.jsonl || fail "query"
python3 "$here/_furniture.py" furniture.csv answers.jsonl eval.json || fail "neighbours"

# Again: the archives have not changed, so nothing is read.
"$FEATCACHE" ingest store furniture.csv --dataset furniture --progress=never --json >again.json || fail "again"
python3 -c '
import json
o = json.load(open("again.json"))
assert o["encoded"] == 0 and o["unchanged"] == 820, o' || fail "unchanged archives were read again"
