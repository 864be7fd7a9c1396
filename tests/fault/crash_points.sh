#!/usr/bin/env bash
# A kill -9 at each write, pwrite, pwritev, fsync and rename of a 50-sample ingest loses nothing that was
# acknowledged: after each, verify passes or there is no store, the run resumes, and the digest equals
# that of an undisturbed run.
. "$(dirname "$0")/_lib.sh"
make_source
build_shim
make_reference

ingest "$work/store" FC_SHIM_COUNT="$work/count"
counted=$(cat "$work/count")
[ "${counted:-0}" -gt 10 ] || fail "the shim counted ${counted:-no} calls"
tested=0
while :; do
    at=$((tested + 1))
    rm -rf "$work/store" "$work"/.store.tmp*
    ingest "$work/store" FC_SHIM_KILL=$at 2>/dev/null
    rc=$?
    # The first call number that is not reached: all have been tested.
    [ $rc -eq 1 ] && break
    [ $rc -eq 137 ] || fail "call $at: wanted a kill (137), got exit $rc"
    tested=$at
    must_recover "$work/store" "kill at call $at"
done
echo "calls counted = $counted, calls tested = $tested, temporary folders left behind = $leftovers"
[ "$counted" -eq "$tested" ] || fail "not every call was tested"
