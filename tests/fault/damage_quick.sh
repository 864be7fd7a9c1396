#!/usr/bin/env bash
# A fixed part of damage.sh in every run of ./check: 60 damages, each query and export right or exit 4.
. "$(dirname "$0")/_lib.sh"
command -v python3 >/dev/null || skip "python3 drives this test, and it is not installed"
make_source
make_reference
python3 "$FC_SOURCE_DIR/tests/fault/damage.py" "$FEATCACHE" "$work/reference" 60 2
