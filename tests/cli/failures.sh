# What cannot be encoded is printed, kept in the ledger with its reason, left alone by the next run
# and taken up by --retry-failed; the rest is sealed. Exit 1 says so.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 4
printf '\x89PNG\r\n\x1a\nbut no more than that' >pics/broken.png
name=$'evil\e]0;title\a\u202Egnp.png'
cp pics/broken.png "pics/$name"
settle

want_json 1 'o["failed"] == 2 and o["encoded"] == 8 and o["sealed"]' ingest store pics
in_err "featcache: broken.png: "
in_err 'evil\x1B]0;title\x07\u{202E}gnp.png'
! grep -q $'\e\|\u202E' err || fail "an escape sequence reached the terminal"

want 0 stat store --failures
[ "$(wc -l <out)" -eq 2 ] && grep -q '^pics/broken.png .*1 try ' out || fail "the ledger"
! grep -q $'\e\|\u202E' out || fail "an escape sequence reached the terminal"
want_json 0 'o["count"] == 2 and o["complete"] and len(o["failures"]) == 2 and
    any(f["id"] == "broken.png" and f["dataset"] == "pics" and f["reason"] and f["tries"] == 1
        for f in o["failures"])' stat store --failures --dataset pics
want 2 stat store --failures --dataset other
in_err "no data set 'other'"
want_json 0 'o["datasets"][0]["failures"] == 2' stat store

# Not tried again by itself; tried again on request, counted; still exit 1.
want_json 1 'o["failed"] == 2 and o["encoded"] == 0 and not o["sealed"]' ingest store pics
want_json 0 'all(f["tries"] == 1 for f in o["failures"])' stat store --failures
want_json 1 'o["failed"] == 2 and o["encoded"] == 0' ingest store pics --retry-failed
want_json 0 'all(f["tries"] == 2 for f in o["failures"])' stat store --failures

# Mended, it is encoded and leaves the ledger.
cp pics/bird/bird0.png pics/broken.png
rm "pics/$name"
want_json 0 'o["failed"] == 0 and o["sealed"]' ingest store pics
want_json 0 'o["count"] == 0 and o["failures"] == []' stat store --failures

# Twenty are printed; where the rest is is said once.
for i in $(seq 30); do printf '\x89PNG\r\n\x1a\nno %d' "$i" >"pics/bad$i.png"; done
want 1 ingest store pics
[ "$(grep -c '^featcache: bad[0-9]*\.png: ' err)" -eq 20 ] || fail "not twenty failures printed"
[ "$(grep -c 'further failures are in the ledger: featcache stat store --failures' err)" -eq 1 ] ||
    fail "nothing says where the others are"
want_json 0 'o["count"] == 30' stat store --failures
