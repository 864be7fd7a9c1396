#!/usr/bin/env bash
# label: full
# Files made to break their reader, of every format and container: bombs, cut ones, headers that lie,
# NaN points, counts of 2^32, ten hours of silence. Each by itself within its time and 256 MiB, with a
# reason in the ledger that names the value. hostile_quick.sh takes all of them in one run.
. "$(dirname "$0")/_lib.sh"
command -v python3 >/dev/null || skip "python3 makes the files, and it is not installed"
export PYTHONDONTWRITEBYTECODE=1
here=$FC_SOURCE_DIR/tests/fault
cd "$work" || exit 3
python3 "$here/_hostile_files.py" made "$FC_SOURCE_DIR/tests/golden" || fail "cannot make the files"

# A second on an idle machine; twice that here, where others may run beside.
seconds=2 mebibytes=256
if grep -qE '^CMAKE_C_FLAGS:.*sanitize' "$FC_BUILD_DIR/CMakeCache.txt"; then
    seconds=60 mebibytes=4096 # the sanitizers' own
fi
python3 "$here/_hostile_alone.py" "$FEATCACHE" made $seconds $mebibytes >alone ||
    { cat alone; fail "$(grep -c WRONG alone) of $(wc -l <alone) files, marked WRONG above"; }
echo "$(wc -l <alone) files, the slowest and the largest:"
sort -t, -k2 -rn alone | head -n 5
sort -t, -k3 -rn alone | head -n 5
