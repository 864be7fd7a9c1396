#!/usr/bin/env bash
# crash_random.sh, quick, with a model beside the built-in text encoder: 20 kill -9 at random moments of an
# ingest that runs batches of a model; after each the store verifies, the run resumes, and the digests are those
# of an undisturbed run. FC_CRASHES sets another number.
set -uo pipefail
here=$(cd "$(dirname "$0")" && pwd)
models=$(mktemp -d)
trap 'rm -rf "$models"' EXIT
"$FEATCACHE" devices --json 2>/dev/null | grep -q '"version": *"' || {
    echo "SKIPPED: no ONNX Runtime: $("$FEATCACHE" devices --json 2>/dev/null | sed 's/.*"problem": *"\([^"]*\)".*/\1/')"
    exit 77
}
python3 "$here/../cli/_onnx.py" "$models/tiny.onnx" --size 256 || exit 1
cat >"$models/tiny.yaml" <<'END'
name: tiny
modality: image
model: tiny.onnx
params: { size: 256 }
outputs:
  - { name: pooled, shape: [3] }
  - { name: map, shape: [256, 256, 3], precision: f16 }
END
# The program with the encoders of this test, under its own process number.
cat >"$models/featcache" <<END
#!/bin/sh
[ "\$1" = ingest ] && exec "$FEATCACHE" "\$@" --encoder "$models/tiny.yaml" --encoder builtin/hashtext
exec "$FEATCACHE" "\$@"
END
chmod +x "$models/featcache"
FEATCACHE=$models/featcache FC_CRASHES=${FC_CRASHES:-20} bash "$here/crash_random.sh"
