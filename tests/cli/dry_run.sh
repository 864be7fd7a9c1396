# --dry-run and --estimate say what an ingest would do and write nothing: no store, no change in one.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12

want_json 0 'o["dry_run"] and o["samples"] == 24 and o["encoded"] == 24 and not o["sealed"]' \
    ingest store pics --dry-run
[ ! -e store ] || fail "a dry run made a store"
want_json 0 'o["estimate"]["bytes"] > 0 and o["estimate"]["seconds"] >= 0
    and o["estimate"]["disk_free_bytes"] > 0' ingest store pics --estimate
[ ! -e store ] || fail "an estimate made a store"
want 0 ingest store pics --estimate
in_out "are free there"

"$FEATCACHE" ingest store pics >/dev/null 2>&1 || fail ingest
echo "another text" >pics/bird/bird0.txt
rm pics/fish/fish1.txt
before=$(cksum <store/data.mdb)
want_json 0 'o["encoded"] == 1 and o["samples"] == 23 and not o["sealed"]' ingest store pics --dry-run
want 0 ingest store pics --dry-run
in_out "nothing was written"
want 0 ingest store pics --estimate
[ "$before" = "$(cksum <store/data.mdb)" ] || fail "the store has changed"
[ "$(ls | grep -c store)" -eq 1 ] || fail "something lies beside the store: $(ls)"
