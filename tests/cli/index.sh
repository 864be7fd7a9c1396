# index: an ingest without one is answered by a scan all the same; afterwards the index is there, of
# the kind that was asked for, with the same hits.
. "${FC_SOURCE_DIR:?the checkout}/tests/cli/_lib.sh" || exit 3
make_source pics 12
"$FEATCACHE" ingest store pics --no-index >/dev/null 2>&1 || fail ingest

hits() { json '[(h["id"], round(h["score"], 4)) for h in o["hits"]]' query store --file pics/bird/bird0.png; }
scanned=$(hits)
[ "$scanned" != "[]" ] || fail "no hits without an index"
want_json 0 'o["rows"] > 0 and o["added"] >= o["rows"] and o["segments"] >= 1 and o["outputs"] >= 2' \
    index store --progress=never
[ "$(hits)" = "$scanned" ] || fail "the index answers otherwise"
want_json 0 'o["added"] == 0' index store
want_json 0 'o["segments"] >= 1' index store --encoder hog --output pooled --kind flat --rebuild --memory 256M --jobs 1 --map-size 1G
[ "$(hits)" = "$scanned" ] || fail "the rebuilt index answers otherwise"
want 0 index store
want 2 index store --kind Nonsense17 --rebuild
in_err "index kind 'Nonsense17': FAISS says: could not parse"
in_err "kinds are auto, flat, and factory strings such as HNSW32"
grep -qE 'std::|\.cpp' err && fail "C++ in the message of a kind that is none"
in_err Nonsense17
want 2 index store --encoder none
want 2 index store --output nope
in_err "no encoder of this store has an output 'nope' that can be searched; there are "
in_err pooled
want 2 index store --encoder hashtext --output tokens # there, but a sequence
in_err "encoder 'hashtext' has no output 'tokens' that can be searched; it has pooled"
want 3 index nowhere
[ ! -e nowhere ] || fail "index made a store"
