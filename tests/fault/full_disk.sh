#!/usr/bin/env bash
# A disk that is full from the N-th write on (each N of a 50-sample ingest), a file-size limit, and a
# real small file system: each ends with exit 3 and a message, and the run resumes to the same digest.
. "$(dirname "$0")/_lib.sh"
make_source
build_shim
make_reference

ingest "$work/store" FC_SHIM_COUNT="$work/count"
counted=$(cat "$work/count")
tested=0
for ((at = 1; at <= counted; at++)); do
    rm -rf "$work/store" "$work"/.store.tmp*
    ingest "$work/store" FC_SHIM_FAIL=$at
    rc=$?
    if [ $rc -eq 3 ]; then
        [ -s "$work/err" ] || fail "call $at: exit 3 without a message"
    else
        cat "$work/err" >&2
        fail "call $at on a full disk: wanted exit 3, got $rc"
    fi
    tested=$((tested + 1))
    must_recover "$work/store" "disk full from call $at"
done
echo "full disk: calls counted = $counted, calls tested = $tested"

for kb in 16 64 128 256; do
    rm -rf "$work/store" "$work"/.store.tmp*
    (
        ulimit -f $kb
        trap '' XFSZ
        exec "${fc[@]}" ingest "$work/store" "$work/source" --dataset d --jobs 1 --progress=never
    ) >"$work/out" 2>"$work/err"
    rc=$?
    [ $rc -eq 3 ] || [ $rc -eq 1 ] || { cat "$work/err" >&2; fail "file-size limit of $kb KiB: exit $rc"; }
    [ $rc -eq 3 ] && limited=1
    must_recover "$work/store" "file-size limit of $kb KiB"
done
[ "${limited:-0}" -eq 1 ] || fail "no file-size limit was small enough to be met"
echo "file-size limit: 4 limits tested"

mkdir "$work/small"
if mount -t tmpfs -o size=256k tmpfs "$work/small" 2>/dev/null; then
    trap 'umount "$work/small"; rm -rf "$work"' EXIT
    "${fc[@]}" ingest "$work/small/store" "$work/source" --dataset d --jobs 1 --progress=never >"$work/out" 2>"$work/err"
    rc=$?
    [ $rc -eq 3 ] || { cat "$work/err" >&2; fail "a 256 KiB file system: wanted exit 3, got $rc"; }
    mount -o remount,size=64m "$work/small"
    must_recover "$work/small/store" "a full file system that was grown"
    echo "small file system: full, grown, resumed"
else
    echo "SKIPPED in part: no right to mount a small file system"
fi
