# stat shows what a store holds, for people and as JSON: each version with count and digest.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 6
"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest
echo more >pics/bird/more.txt
"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail "ingest again"

want_json 0 'o["schema"] == "featcache.stat/1" and o["store"] == "store" and o["generation"] >= 2
    and len(o["store_id"]) == 32 and o["samples"] == 13 and o["contents"] == 13
    and o["bytes"]["file"] >= o["bytes"]["used"] > 0
    and {e["name"] for e in o["encoders"]} == {"hog", "hashtext"}
    and all(u["items"] in (6, 7) and u["bytes_raw"] > 0 and u["bytes_stored"] > 0 and u["blocks"] >= 1
            and 0 <= u["rms_error"] < 0.01 and u["precision"]
            for e in o["encoders"] for u in e["outputs"] if e["modality"] in ("image", "text"))' \
    stat store
want_json 0 '[v["version"] for v in o["datasets"][0]["versions"]] == [1, 2]
    and [v["count"] for v in o["datasets"][0]["versions"]] == [12, 13]
    and all(v["state"] == "sealed" and len(v["digest"]) == 32 and v["sealed"].endswith("Z")
            and v["coverage"] and all(c["sealed"] and len(c["digest"]) == 32 and c["fingerprint"]
            and c["count"] in (0, 6, 7) for c in v["coverage"]) for v in o["datasets"][0]["versions"])
    and len({v["digest"] for v in o["datasets"][0]["versions"]}) == 2' stat store

want 0 stat store
for word in hog hashtext pooled "pics@1  12 samples, sealed" "pics@2  13 samples" "13 samples, 13 contents" "times smaller"; do
    in_out "$word"
done
[ ! -s err ] || fail "stat prints to stderr"
for i in 1 2 3 4 5; do
    echo "more $i" >pics/bird/more.txt
    "$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail "ingest $i"
done
want 0 stat store
in_out "2 older versions; --json lists them all"
want_json 0 'len(o["datasets"][0]["versions"]) == 7' stat store
want 0 stat store --failures
[ ! -s out ] || fail "failures where there are none"

want 3 stat nowhere
in_err nowhere
[ ! -e nowhere ] || fail "stat made a store"
mkdir other
echo mine >other/file
want 2 stat other
[ "$(ls other)" = file ] || fail "stat wrote into a folder that is no store"

# Who may read a store but not enter himself into lock.mdb is told so.
"$FEATCACHE" ingest store.locked pics --progress=never >/dev/null 2>&1
chmod 755 "$work"
chmod 644 store.locked/lock.mdb
as_other() { "$@"; }
[ "$(id -u)" -ne 0 ] || as_other() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
[ "$(id -u)" -eq 0 ] || chmod 444 store.locked/lock.mdb
if as_other test -x "$FEATCACHE" 2>err; then
    as_other "$FEATCACHE" stat store.locked >out 2>err && fail "a store was read without its lock"
    in_err "store.locked: lock.mdb in it may not be written, and readers need that, too"
else
    echo "not checked: another user cannot run $FEATCACHE"
fi

# What its frame makes larger is not told as smaller.
PYTHONPATH="$here" python3 -c 'import _npy; _npy.write_rows("two.npy", [[3, 4]])'
want 0 ingest s.two two.npy --progress=never
grep -qE 'raw +8 B as f32, stored in [0-9]+ B \([0-9.]+ times larger\)' out || fail "ingest: larger is not told"
want 0 stat s.two
grep -qE '[0-9.]+ times larger' out || fail "stat: larger is not told"
grep -qE ' 0\.[0-9]+ times' out && fail "less than once smaller"
# A name that cannot be one is quoted.
want 2 ingest s.two two.npy --dataset a/b --progress=never
in_err "the data-set name 'a/b' may not hold"
