#!/usr/bin/env bash
# label: full
# Fashion-MNIST whole (60,000 gallery, 10,000 queries): 1-NN of `grid` is at least 0.88 (raw pixels by
# cosine: 0.8576), and an ingest again encodes nothing.
set -uo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/featcache/fashion-mnist
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
command -v python3 >/dev/null || { echo "SKIPPED: python3 unpacks the data, and it is not installed"; exit 77; }

if [ ! -f "$cache/fashion.csv" ]; then
    mkdir -p "$cache"
    (cd "$work" && apt-get download dataset-fashion-mnist >/dev/null 2>&1) ||
        { echo "SKIPPED: the package dataset-fashion-mnist cannot be had"; exit 77; }
    dpkg-deb -x "$work"/dataset-fashion-mnist_*.deb "$work/unpacked" || exit 1
    idx=$(dirname "$(find "$work/unpacked" -name 'train-images-idx3-ubyte*' | head -1)")
    python3 "$(dirname "$0")/_fashion.py" "$idx" "$cache" || exit 1
fi

store=$work/store
"$FEATCACHE" ingest "$store" "$cache/fashion.csv" --dataset fashion --encoder builtin/hog --progress=never --json \
    >"$work/ingest.json" || { cat "$work/ingest.json"; echo "FAILED: ingest"; exit 1; }
cat "$work/ingest.json"
"$FEATCACHE" ingest "$store" "$cache/fashion.csv" --dataset fashion --encoder builtin/hog --progress=never --json \
    >"$work/again.json" || exit 1
cat "$work/again.json"
python3 - "$work/ingest.json" "$work/again.json" <<'PY' || { echo "FAILED: counts"; exit 1; }
import json, sys
first, again = (json.load(open(p)) for p in sys.argv[1:])
assert first["encoded"] + first["reused"] == 70000 and first["failed"] == 0, first
assert again["encoded"] == 0 and again["reused"] == 70000, again
PY
"$FEATCACHE" eval "$store" --encoder hog --output grid --label label --gallery-split train --split test -k 1 \
    --progress=never --json >"$work/eval.json" || { echo "FAILED: eval"; exit 1; }
cat "$work/eval.json"
python3 - "$work/eval.json" <<'PY' || { echo "FAILED: accuracy"; exit 1; }
import json, sys
r = json.load(open(sys.argv[1]))
assert r["schema"] == "featcache.eval-label/1" and r["queries"] == 10000, r
assert r["accuracy"] >= 0.88, r
assert r["interval"][0] < r["accuracy"] < r["interval"][1], r
PY
