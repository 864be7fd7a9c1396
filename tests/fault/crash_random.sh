#!/usr/bin/env bash
# label: full
# 200 kill -9 at random moments of a 50-sample ingest: after each, verify passes or there is no store,
# the run resumes, and the digest equals that of an undisturbed run.
. "$(dirname "$0")/_lib.sh"
make_source
make_reference
n=${FC_CRASHES:-200}
RANDOM=7

# How long an undisturbed run takes, in milliseconds.
begin=$(date +%s%N)
"${fc[@]}" ingest "$work/timed" "$work/source" --dataset d --jobs 1 --progress=never >/dev/null 2>&1
lasts=$((($(date +%s%N) - begin) / 1000000 + 1))

killed=0 finished=0
for ((i = 1; i <= n; i++)); do
    rm -rf "$work/store" "$work"/.store.tmp*
    "${fc[@]}" ingest "$work/store" "$work/source" --dataset d --jobs 1 --progress=never >/dev/null 2>&1 &
    pid=$!
    sleep "$(printf '0.%03d' $((RANDOM % (lasts < 999 ? lasts : 999))))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ $? -eq 137 ]; then killed=$((killed + 1)); else finished=$((finished + 1)); fi
    must_recover "$work/store" "random kill $i"
done
echo "$n moments over $lasts ms: $killed runs killed, $finished had ended before; all recovered"
[ $killed -ge $((n / 4)) ] || fail "too few runs were killed to say anything"
