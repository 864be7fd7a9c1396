#!/usr/bin/env bash
# label: full
# 1,000 bit flips, zeroed and exchanged pages and truncations over data.mdb and the segments: query and
# export give the reference result or exit 4; no silent difference, no signal, no hang.
. "$(dirname "$0")/_lib.sh"
command -v python3 >/dev/null || skip "python3 drives this test, and it is not installed"
make_source
make_reference
python3 "$FC_SOURCE_DIR/tests/fault/damage.py" "$FEATCACHE" "$work/reference" "${FC_DAMAGES:-1000}" 1
