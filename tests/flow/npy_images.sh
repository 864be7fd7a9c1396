#!/usr/bin/env bash
# Images as one .npy have the same features as the same images as PNG files, bit by bit.
set -uo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
here=$(cd "$(dirname "$0")" && pwd)
fail() { echo "FAILED: $*"; exit 1; }
command -v python3 >/dev/null || { echo "SKIPPED: python3 makes the images, and it is not installed"; exit 77; }

cd "$work" || exit 3
if [ -n "${FC_MANIFEST:-}" ]; then # a larger set: fashion_npy.sh
    manifest=$FC_MANIFEST
    python3 "$here/_npy_images.py" pack "$manifest" images.npy || fail "the array could not be made"
else
    manifest=$work/png.csv
    python3 "$here/_npy_images.py" make "$work" || fail "the images could not be made"
fi
"$FEATCACHE" ingest probe images.npy --encoder builtin/hog --limit 1 --progress=never >out 2>err
if grep -q 'not a JPEG\|cannot decode\|not an image' err; then
    echo "SKIPPED: this build has no decoder for .npy images"
    exit 77
fi
time "$FEATCACHE" ingest files "$manifest" --dataset d --encoder builtin/hog --progress=never || fail "ingest of PNG files"
time "$FEATCACHE" ingest rows images.npy --dataset d --encoder builtin/hog --progress=never || fail "ingest of the array"
"$FEATCACHE" ingest rows images.npy --dataset d --encoder builtin/hog --progress=never --json >again.json || fail "again"
python3 -c 'import json; o = json.load(open("again.json")); assert o["encoded"] == 0 and o["reused"] == o["samples"], o' ||
    fail "an array that has not changed was encoded again"
for s in files rows; do
    "$FEATCACHE" export $s --encoder hog --output pooled -o $s.out || fail "export of $s"
done
python3 "$here/_npy_images.py" compare files.out rows.out "$manifest" || fail "the features differ"
