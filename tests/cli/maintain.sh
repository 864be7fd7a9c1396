# verify, backup, rm, gc, compact and repair, as one story of a store; each says what it did.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12
"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest

want_json 0 'o["sound"] and o["complete"] and o["damages"] == [] and o["rows"] > 0 and o["blocks"] > 0' verify store
want_json 0 'o["sound"] and o["full"] and o["items"] > 0' verify store --full
want 0 verify store
in_out "sound: "
want 3 verify nowhere
[ ! -e nowhere ] || fail "verify made a store"

want_json 0 'o["to"] == "copy"' backup store copy
[ "$(digests store)" = "$(digests copy)" ] || fail "the backup differs"
want 2 backup store copy
in_err copy
want 2 backup store store/inside
in_err "store/inside lies inside the store"
(cd store && ! "$FEATCACHE" backup ../store inside/ 2>../err) || fail "a backup inside the store, from there"
in_err "lies inside the store"
[ ! -e store/inside ] || fail "a backup inside the store"
want 3 backup nowhere other
[ ! -e other ] || fail "a backup of nothing"

want_json 0 'o["samples"] == 1 and o["removed"] == "pics/bird/bird0.png"' rm store pics/bird/bird0.png
want_json 0 'o["samples"] == 23 and o["datasets"][0]["versions"][-1]["count"] == 23' stat store
want_json 0 'all(h["id"] != "bird/bird0.png" for h in o["hits"])' \
    query store --file pics/bird/bird0.png --include-self -k 100
want 2 rm store pics/bird/bird0.png
in_err "bird/bird0.png"
want 2 rm store none

# An encoder version that nobody wants: first what would go, then it is gone, then the room is back.
before=$(cksum <store/data.mdb)
want_json 0 'o["dry_run"] and o["encoder_versions"] == 1 and o["items"] > 0 and o["bytes"] > 0' \
    gc store --encoder hog --dry-run
[ "$before" = "$(cksum <store/data.mdb)" ] || fail "a dry run has changed the store"
items=$(json 'o["items"]' gc store --encoder hog --dry-run)
want_json 0 "o['items'] == $items and not o['dry_run']" gc store --encoder hog
want_json 0 '[e["name"] for e in o["encoders"]] == ["hashtext"]' encoders store
want 2 query store --file pics/fish/fish1.png
want 0 verify store --full
want 2 gc store --encoder hog
digest=$(digests store)
want_json 0 'o["bytes"]["after"] <= o["bytes"]["before"]' compact store
[ "$digest" = "$(digests store)" ] || fail "compact has changed the digest"
want 0 query store --text "a bird"

want_json 0 'o["samples"] == 23' rm store pics
want_json 0 'o["datasets"] == [] and o["samples"] == 0' stat store
want_json 0 'o["contents"] > 0' gc store

# A damaged copy: verify says what is hit, repair keeps the rest, an ingest fills the gap.
python3 - <<'END'
# Inside the features: the middle of the longest run of pages that look random.
data = bytearray(open("copy/data.mdb", "rb").read())
runs = [[]]
for page in range(0, len(data), 4096):
    if len(set(data[page:page + 4096])) > 240:
        runs[-1].append(page)
    elif runs[-1]:
        runs.append([])
run = max(runs, key=len)
at = run[len(run) // 2]
data[at + 2000] ^= 0x55
open("copy/data.mdb", "r+b").write(data)
END
want_json 1 'not o["sound"] and o["n_damages"] >= 1 and o["damages"] and all(d["where"] and d["reason"] for d in o["damages"])' \
    verify copy --full
want 1 verify copy --full
in_out "damaged: "
in_err "featcache repair copy NEW"
want_json 1 'o["complete"] and o["items"]["lost"] > 0 and o["items"]["kept"] > 0' repair copy mended
want 0 verify mended --full
want 2 repair copy mended
want 0 ingest mended pics
"$FEATCACHE" ingest fresh pics >/dev/null 2>&1 || fail "a fresh store"
[ "$(digests mended)" = "$(digests fresh)" ] || fail "after repair and ingest the digest is another"
want 3 repair nowhere other
